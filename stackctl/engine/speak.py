"""Asking a store whether it answers, by its own protocol on a raw socket: no client library, no login.

A TCP connection alone proves nothing: for a published port Docker's own proxy accepts it before anybody listens inside.
"""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Callable
from typing import Literal, NamedTuple

Kind = Literal["http", "redis", "mongo"]
Reach = Literal["answers", "not-yet", "unreachable"]

_MOST = 1 << 16
_OP_MSG = 2013


class Reply(NamedTuple):
    """What came of asking: `not-yet` is an answer too, `unreachable` means that this host cannot know."""

    reach: Reach
    text: str


def redis_ping(host: str, port: int, timeout: float) -> Reply:
    """Send PING. A server that wants a login is up; one that still loads its data is not. `timeout` in seconds."""
    return _asked(host, port, timeout, request_of("redis"), _redis)


def mongo_hello(host: str, port: int, timeout: float) -> Reply:
    """Send `hello`, which needs no login. `timeout` in seconds."""
    return _asked(host, port, timeout, request_of("mongo"), _mongo)


def http_ready(host: str, port: int, timeout: float, path: str) -> Reply:
    """Ask for a page; any status below 500 is an answer, one above says that the service is not ready yet."""
    from stackctl.engine.net import http_get

    shown = f"[{host}]" if ":" in host else host
    try:
        status = http_get(f"http://{shown}:{port}{path}", timeout).status
    except OSError as error:
        return _failed(error)
    return _status(status)


def request_of(kind: Kind, host: str = "", path: str = "/") -> bytes:
    """Give the bytes that ask a service of this kind."""
    if kind == "redis":
        return b"PING\r\n"
    if kind == "http":
        return f"GET {path or '/'} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode()
    body = _bson_int("hello", 1) + _bson_text("$db", "admin")
    document = struct.pack("<i", len(body) + 5) + body + b"\0"
    message = struct.pack("<iB", 0, 0) + document
    return struct.pack("<iiii", 16 + len(message), 1, 0, _OP_MSG) + message


def read_answer(kind: Kind, line: str) -> Reply:
    """Read a line of a helper: what the service said, as hex, or how it did not (see engine.helper)."""
    word, _space, data = line.strip().partition(" ")
    if word != "said":
        return Reply("not-yet", "connection refused" if word == "refused" else "no answer")
    said = bytes.fromhex(data)
    if kind == "http":
        match = re.match(rb"HTTP/\d\.\d (\d{3})", said)
        return _status(int(match[1])) if match else Reply("not-yet", "no answer")
    return _redis(said) if kind == "redis" else _mongo(said)


def _status(status: int) -> Reply:
    return Reply("answers" if status < 500 else "not-yet", f"HTTP {status}")


def _asked(host: str, port: int, timeout: float, request: bytes, read: Callable[[bytes], Reply]) -> Reply:
    try:
        with socket.create_connection((host, port), timeout) as connection:
            connection.settimeout(timeout)
            connection.sendall(request)
            return read(connection.recv(_MOST))
    except OSError as error:
        return _failed(error)


def _failed(error: OSError) -> Reply:
    # Refused, reset and silent are a service that is not up yet; no route means that this host cannot see containers.
    if isinstance(error, ConnectionError):
        return Reply("not-yet", "connection refused" if isinstance(error, ConnectionRefusedError) else "no answer")
    return Reply("unreachable", error.strerror or "no answer in time")


def _redis(said: bytes) -> Reply:
    line = said.split(b"\r\n", 1)[0].decode("utf-8", "replace")
    if not line:
        return Reply("not-yet", "no answer")
    return Reply("not-yet" if line.startswith(("-LOADING", "-MASTERDOWN")) else "answers", line.lstrip("+-"))


def _mongo(said: bytes) -> Reply:
    if len(said) < 16:
        return Reply("not-yet", "no answer")
    return Reply("answers", "hello")


def _bson_int(name: str, value: int) -> bytes:
    return b"\x10" + name.encode() + b"\0" + struct.pack("<i", value)


def _bson_text(name: str, value: str) -> bytes:
    text = value.encode() + b"\0"
    return b"\x02" + name.encode() + b"\0" + struct.pack("<i", len(text)) + text
