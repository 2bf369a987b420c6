"""Data in pipes: a process whose output, and input where it wants one, are bytes and never text.

Nothing is decoded, buffered whole or read by line. Complaints go to the error output, whose end is kept for the error.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from stackctl.engine.run import Command

CHUNK = 1 << 20
MOST_SAID = 64 * 1024
# The pipe's own buffer: at the kernel's 64 KiB two processes on a small machine switch a thousand times a second.
_PIPE_BYTES = 1 << 20
_F_SETPIPE_SZ = 1031


class DataPipe:
    """A started process. `command.input` is written first; with `more` the input stays open for `write`."""

    def __init__(self, command: Command, mask: Callable[[str], str], *, more: bool = False) -> None:
        self._mask = mask
        self._said = bytearray()
        wants = more or command.input is not None
        self._process = subprocess.Popen(
            command.argv,
            env={**command.env, **command.secret_env},
            cwd=command.cwd,
            stdin=subprocess.PIPE if wants else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C reaches us alone; we decide what becomes of the child
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        for stream in (self._process.stdout, self._process.stdin):
            _widen(stream)
        self._reader = threading.Thread(target=self._listen, args=(self._process.stderr,), daemon=True)
        self._reader.start()
        self._out = self._process.stdout
        if command.input is not None:
            self.write(command.input)
        if wants and not more:
            self.end_input()

    def read(self, size: int = CHUNK) -> bytes:
        """Give the next bytes of the output, nothing at its end."""
        return os.read(self._out.fileno(), size)

    def write(self, data: bytes) -> None:
        """Send bytes. A process that has stopped reading is no error here: its exit code says why."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(data)
            self._process.stdin.flush()

    def end_input(self) -> None:
        """Close the input."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()

    def poll(self) -> int | None:
        """Give the exit code, or None while it runs."""
        return self._process.poll()

    def wait(self) -> int:
        """Give the exit code once it has ended and all its complaints are read."""
        code = self._process.wait()
        self._reader.join()
        return code

    def said(self) -> str:
        """Give the end of its error output, masked."""
        return self._mask(bytes(self._said).decode("utf-8", "replace"))

    def stop(self) -> None:
        """End the process at once: a half payload is worth nothing, so there is nothing to wait for."""
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._out.close()

    def _listen(self, stream: IO[bytes]) -> None:
        with stream:
            while data := os.read(stream.fileno(), 65536):
                self._said += data
                del self._said[:-MOST_SAID]


def _widen(stream: IO[bytes] | None) -> None:
    if stream is not None:
        import fcntl

        with contextlib.suppress(OSError):  # a user over the limit, or a kernel without it: slower, not wrong
            fcntl.fcntl(stream.fileno(), _F_SETPIPE_SZ, _PIPE_BYTES)
