"""Files that are being written, beside the one that they will replace: `.NAME.stackctl-1a2b3c4d`.

A killed writer leaves one behind, with a value in it that nobody asked to keep. The next write into the folder removes
it. A living writer holds an flock on its own, which the kernel frees with the process: unlike a process number that
tells the two apart from within a container too.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MARK = ".stackctl-"
_LEFTOVER = re.compile(rf"\..+{re.escape(MARK)}[0-9a-f]{{8}}")


@contextmanager
def filled(path: Path, data: bytes, mode: int) -> Iterator[Path]:
    """Give a new file beside `path` that holds the data, on the disk; what is not moved away is gone after the block.

    Raises OSError.
    """
    handle, temporary = _new(path)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fchmod(stream.fileno(), mode)  # the mode of open() is cut by the umask
            os.fsync(stream.fileno())
            yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what killed writers left in a folder. What cannot be removed stays: it is in nobody's way."""
    with suppress(OSError):
        for path in [path for path in folder.iterdir() if _LEFTOVER.fullmatch(path.name)]:
            _remove_abandoned(path)


def _new(path: Path) -> tuple[int, Path]:
    while True:
        temporary = path.with_name(f".{path.name}{MARK}{os.urandom(4).hex()}")
        handle = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with suppress(OSError):  # some network file systems have no locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return handle, temporary
        os.close(handle)  # somebody who swept met it in the moment before the lock


def _remove_abandoned(path: Path) -> None:
    with suppress(OSError):
        handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
        finally:
            os.close(handle)
