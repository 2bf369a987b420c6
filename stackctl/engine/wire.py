"""A byte connection to the engine's API, for logs and events as they happen.

Why not `docker logs`: it writes every line by a system call of its own, and costs a process of 30 MB for each
container. Two logs of 300,000 lines took 5.3 s through it and 3.0 s through the socket, and a stack of 100 services
would be 100 processes. Where the engine has no socket here (another host, TLS), `docker system dial-stdio` connects:
it is what the docker client itself uses over ssh, and it knows every kind of context.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping

from stackctl.errors import EngineError

SCHEME = "unix://"


class Wire:
    """An open connection: a descriptor to read, one to write, and how to hang up."""

    def __init__(self, read_fd: int, write_fd: int, hang_up: Callable[[], None]) -> None:
        self._read_fd = read_fd
        self._write_fd = write_fd
        self._hang_up = hang_up

    def fileno(self) -> int:
        """Give the descriptor to wait on."""
        return self._read_fd

    def send(self, data: bytes) -> None:
        """Write all of it."""
        while data:
            data = data[os.write(self._write_fd, data) :]

    def receive(self, most: int) -> bytes | None:
        """Give what is there: up to `most` bytes, nothing at the end, None where nothing has come yet."""
        try:
            return os.read(self._read_fd, most)
        except BlockingIOError:
            return None
        except ConnectionError:
            return b""

    def close(self) -> None:
        """Hang up."""
        self._hang_up()


def dial(endpoint: str, env: Mapping[str, str]) -> Wire:
    """Connect to the engine at this address (`unix://…`, `ssh://…`). Raises EngineError."""
    try:
        if endpoint.startswith(SCHEME):
            return _by_socket(endpoint.removeprefix(SCHEME))
        return _by_docker(env)
    except FileNotFoundError as error:
        raise EngineError("the Docker engine does not answer", "start it (make engine, or Docker Desktop)") from error
    except PermissionError as error:
        raise EngineError(
            "this user may not speak to the Docker engine",
            "add the user to the group docker (sudo usermod -aG docker $USER) and log in again",
            code="engine-denied",
        ) from error
    except OSError as error:
        raise EngineError(
            f"the Docker engine does not answer: {error.strerror}", "start it (make engine, or Docker Desktop)"
        ) from error


def _by_socket(path: str) -> Wire:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(path)
    except OSError:
        connection.close()
        raise
    return Wire(connection.fileno(), connection.fileno(), connection.close)


def _by_docker(env: Mapping[str, str]) -> Wire:
    process = subprocess.Popen(
        ("docker", "system", "dial-stdio"),
        env=dict(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    sent, got = process.stdin, process.stdout

    def hang_up() -> None:
        with contextlib.suppress(OSError):
            sent.close()
        got.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()

    return Wire(got.fileno(), sent.fileno(), hang_up)
