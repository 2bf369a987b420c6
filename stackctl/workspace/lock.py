"""One lock per environment: who holds it, since when, for what. A dead owner's lock is free at once."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.errors import ConfigError, Refused
from stackctl.workspace.files import DiskFiles

if TYPE_CHECKING:
    from stackctl.workspace.clock import Clock

POLL_SECONDS = 0.1


@contextmanager
def locked(
    path: Path, purpose: str, wait: float, clock: Clock, on_wait: Callable[[str], None] = lambda _text: None
) -> Iterator[None]:
    """Hold the lock file for the time of the block; `wait` is the patience in seconds, 0 refuses at once.

    The kernel frees an flock when its owner dies, even by SIGKILL: nothing has to be cleaned up. Raises Refused,
    naming the owner, and ConfigError where the file cannot be made.
    """
    DiskFiles().make_dir(path.parent)
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be locked: {error.strerror}", "check the folder's owner, mode and free space"
        ) from error
    try:
        _acquire(handle, path, wait, clock, on_wait)
        with contextlib.suppress(OSError):  # on a full disk nobody reads who holds it; held it is all the same
            os.ftruncate(handle, 0)
            os.pwrite(handle, json.dumps({"pid": os.getpid(), "purpose": purpose}).encode(), 0)
        yield
    finally:
        os.close(handle)


def _acquire(handle: int, path: Path, wait: float, clock: Clock, on_wait: Callable[[str], None]) -> None:
    start = clock.monotonic()
    told = False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = _owner(path)
            if clock.monotonic() - start >= wait:
                raise Refused(
                    f"this environment is busy: {owner}",
                    "wait for it, or give more patience: --lock-wait 5m",
                    code="busy",
                ) from None
            if not told:
                on_wait(f"waiting for {owner}")
                told = True
            clock.sleep(POLL_SECONDS)
        else:
            return


def _owner(path: Path) -> str:
    try:
        facts = json.loads(path.read_bytes())
        return f"stackctl {facts['purpose']} (process {facts['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another stackctl"
