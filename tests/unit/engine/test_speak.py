"""The raw questions, against servers that answer with what the real ones send."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from stackctl.engine.speak import http_ready, mongo_hello, redis_ping


@contextmanager
def server(answer: bytes) -> Iterator[tuple[int, list[bytes]]]:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                heard.append(connection.recv(4096))
                connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], heard
        thread.join(2)


@pytest.mark.parametrize(
    ("answer", "reach"),
    [
        (b"+PONG\r\n", "answers"),
        (b"-NOAUTH Authentication required.\r\n", "answers"),
        (b"-LOADING Redis is loading the dataset in memory\r\n", "not-yet"),
        (b"", "not-yet"),
    ],
)
def test_redis(answer: bytes, reach: str) -> None:
    with server(answer) as (port, heard):
        assert redis_ping("127.0.0.1", port, 2.0).reach == reach
    assert heard == [b"PING\r\n"]


def test_mongo_is_asked_with_one_whole_message() -> None:
    with server(b"\0" * 40) as (port, heard):
        assert mongo_hello("127.0.0.1", port, 2.0).reach == "answers"
    (message,) = heard
    assert int.from_bytes(message[:4], "little") == len(message)
    assert int.from_bytes(message[21:25], "little") == len(message) - 21


@pytest.mark.parametrize(("status", "reach"), [(200, "answers"), (401, "answers"), (503, "not-yet")])
def test_http(status: int, reach: str) -> None:
    with server(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode()) as (port, heard):
        assert http_ready("127.0.0.1", port, 2.0, "/-/ready").reach == reach
    assert heard[0].startswith(b"GET /-/ready ")


def test_nobody_there_is_not_yet() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert redis_ping("127.0.0.1", port, 1.0) == ("not-yet", "connection refused")
