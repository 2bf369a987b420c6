"""The runner: one way to start a process for `up`, exec and data.

Own process group (so that the whole tree can be ended), an environment that is given and not inherited, closed input,
text line by line or bytes in pipes. A request prints itself as a command line a user can paste.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

GRACE_SECONDS = 10.0
SELF_SECONDS = 2.0  # what a command gets that Ctrl-C has reached as well


@dataclass(frozen=True)
class Command:
    """A process to run: words, environment, folder. `secret_env` holds values that only the process may see."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    secret_env: Mapping[str, str] = field(default_factory=dict)
    input: bytes | None = None

    def __str__(self) -> str:
        """Give the line to paste; secret values are never part of argv, so none can show."""
        return shlex.join(self.argv)


@dataclass(frozen=True)
class Outcome:
    """What came of a command: exit code, both outputs, seconds taken."""

    code: int
    out: str
    err: str
    seconds: float


class Running:
    """A started process; its output reaches the given functions line by line, from threads of its own."""

    def __init__(self, command: Command, on_out: Callable[[str], None], on_err: Callable[[str], None]) -> None:
        self._process = subprocess.Popen(
            command.argv,
            env={**command.env, **command.secret_env},
            cwd=command.cwd,
            stdin=subprocess.DEVNULL if command.input is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C reaches us alone; we decide what becomes of the child
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._readers = [
            _reader(self._process.stdout, on_out),
            _reader(self._process.stderr, on_err),
        ]
        if command.input is not None and self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError), self._process.stdin as stream:
                stream.write(command.input)

    def poll(self) -> int | None:
        """Give the exit code, or None while it runs."""
        return self._process.poll()

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and all output. Raises TimeoutError after `timeout` seconds."""
        # First for the end of the output: it comes with the end of the process, and is noticed at once, while
        # Popen.wait(timeout) polls in steps of up to 50 ms, which is as long as a whole `docker ps` takes.
        deadline = None if timeout is None else time.monotonic() + timeout
        for reader in self._readers:
            reader.join(_left(deadline))
        try:
            return self._process.wait(_left(deadline))
        except subprocess.TimeoutExpired as error:
            raise TimeoutError from error

    def stop(self) -> None:
        """End the whole process group: politely, then by force."""
        if self._process.poll() is not None:
            return
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())


def run(command: Command, timeout: float | None = None) -> Outcome:
    """Run a command to its end. Raises TimeoutError (after ending it) and FileNotFoundError (no such program)."""
    out: list[str] = []
    err: list[str] = []
    start = time.monotonic()
    running = Running(command, out.append, err.append)
    try:
        code = running.wait(timeout)
    except BaseException:
        running.stop()
        raise
    return Outcome(code, "".join(out), "".join(err), time.monotonic() - start)


def passthrough(
    argv: Sequence[str], env: Mapping[str, str], cwd: Path | None, on_line: Callable[[str, bool], None]
) -> int:
    """Run a command that belongs to the user: its input is the terminal's, its lines reach `on_line(text, is_error)`.

    Ctrl-C goes to both, as in a shell; the exit code is the command's own.
    """
    with subprocess.Popen(argv, env=dict(env), cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        readers = [
            _reader(process.stdout, lambda line: on_line(line, False)),
            _reader(process.stderr, lambda line: on_line(line, True)),
        ]
        while True:
            try:
                code = process.wait()
                break
            except KeyboardInterrupt:
                continue  # the child got it as well and decides
        for reader in readers:
            reader.join()
    return code


def foreground(argv: Sequence[str], env: Mapping[str, str], cwd: Path | None, *, to_err: bool = False) -> int:
    """Run a command of the user's with our own input and outputs and give its exit code, 128 and more for a signal.

    `to_err` sends its output to the error output. Ctrl-C on a terminal reaches it as well as us; it gets a moment to
    end by itself, then it is asked to, then it is killed, and KeyboardInterrupt goes on. Raises OSError where it cannot
    be started.
    """
    with subprocess.Popen(argv, env=dict(env), cwd=cwd, stdout=sys.stderr if to_err else None) as process:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            _end(process)
            raise
    return code if code >= 0 else 128 - code


def _end(process: subprocess.Popen[bytes]) -> None:
    for number, patience in ((None, SELF_SECONDS), (signal.SIGTERM, GRACE_SECONDS), (signal.SIGKILL, None)):
        if number is not None:
            process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            process.wait(patience)
            return


def become(argv: Sequence[str], env: Mapping[str, str]) -> None:
    """Become another program: it gets our process id, terminal and signals, and its exit code is ours.

    Returns never. Raises OSError where there is no such program or it cannot be started.
    """
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores these, and what is ignored stays so
        signal.signal(number, signal.SIG_DFL)
    os.execvpe(argv[0], list(argv), dict(env))  # noqa: S606 - no shell, words as the user gave them


def _reader(stream: IO[bytes], on_line: Callable[[str], None]) -> threading.Thread:
    def read() -> None:
        with stream:
            for line in stream:
                on_line(line.decode("utf-8", "replace"))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread
