"""Sockets and HTTP: is a port free, does an address answer, what does a page say. Only the standard library."""

from __future__ import annotations

import errno
import os
import platform
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

PortState = Literal["free", "taken", "no-address"]
NameState = Literal["answers", "no-answer", "no-name"]

_ABSENT = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT)


class Answer(NamedTuple):
    """What an HTTP server said: status, the beginning of the body, its headers by lower-case name."""

    status: int
    body: bytes
    headers: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class HttpRequest:
    """What to ask an HTTP server; `most` bytes of the body are read."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    most: int = 1 << 20


def port_state(host_ip: str, port: int, protocol: str = "tcp") -> PortState:
    """Say whether Docker could listen here; an empty address means every one, in both families, as for Docker.

    `no-address`: this machine has no such address. A port that only root may try counts as taken when something
    answers there, else as free: the engine runs as root and may well take it.
    """
    if host_ip:
        return _one_state(host_ip, port, protocol)
    states = [_one_state(wildcard, port, protocol) for wildcard in ("0.0.0.0", "::")]  # noqa: S104 - a test, no service
    return "taken" if "taken" in states else "free"  # a machine without IPv6 has no `::`, and Docker skips it too


def tcp_answers(host: str, port: int, timeout: float) -> NameState:
    """Say whether somebody accepts a TCP connection within `timeout` seconds, the look-up of the name included."""
    found: list[NameState] = []

    def ask() -> None:
        try:
            addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            found.append("no-name")
            return
        for family, _kind, _protocol, _name, address in addresses:
            with socket.socket(family, socket.SOCK_STREAM) as connection:
                connection.settimeout(timeout)
                try:
                    connection.connect(address)
                except OSError:
                    continue
                found.append("answers")
                return
        found.append("no-answer")

    # getaddrinfo knows no deadline (a dead resolver takes 10 s and more), so it gets a thread that may be left behind.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(timeout)
    return found[0] if found else "no-answer"


def resolves(name: str, timeout: float) -> bool:
    """Say whether this machine finds an address for a name within `timeout` seconds."""
    found: list[bool] = []

    def ask() -> None:
        try:
            found.append(bool(socket.getaddrinfo(name, None)))
        except (OSError, UnicodeError):
            found.append(False)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(timeout)
    return bool(found) and found[0]


def http_get(url: str, timeout: float, headers: Mapping[str, str] | None = None) -> Answer:
    """Give status and body of a page, see `http_ask`."""
    return http_ask(HttpRequest(url, headers=headers or {}), timeout)


def http_ask(request: HttpRequest, timeout: float) -> Answer:
    """Give a server's answer; redirects are answers, not followed. `timeout` in seconds is for all of it.

    Not urllib: it would send a request for this machine's own services to the proxy of the shell. Raises OSError
    (TimeoutError, ConnectionError) where no HTTP answer came, ValueError for something that is no http URL.
    """
    import http.client
    from urllib.parse import urlsplit

    url = request.url
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"not an http address: {url}")
    end = time.monotonic() + timeout
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=timeout)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(request.method, path, request.body, {"Connection": "close", **request.headers})
        # `getresponse` takes the socket away from the connection when the server closes, so it is kept for its limit.
        sock = connection.sock
        sock.settimeout(_left(end))
        response = connection.getresponse()
        body = b""
        while len(body) < request.most and (chunk := response.read1(65536)):
            body += chunk
            if sock.fileno() >= 0:
                sock.settimeout(_left(end))
        told = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, body[: request.most], told)
    except http.client.HTTPException as error:
        raise ConnectionError(f"no HTTP answer: {type(error).__name__}") from error
    finally:
        connection.close()


def _one_state(host_ip: str, port: int, protocol: str) -> PortState:
    family = socket.AF_INET6 if ":" in host_ip else socket.AF_INET
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    try:
        with socket.socket(family, kind) as probe:
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # `::` and 0.0.0.0 are two sockets
            if kind == socket.SOCK_STREAM:
                # As Docker does it: without the option, connections in TIME_WAIT make a free port look taken. With it
                # two sockets may bind one port, so only listening proves anything. For UDP it would always say free.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host_ip, port))
            if kind == socket.SOCK_STREAM:
                probe.listen(1)
    except OSError as error:
        if error.errno in _ABSENT:
            return "no-address"
        if error.errno in (errno.EACCES, errno.EPERM):
            return _by_asking(host_ip, port, protocol)
        return "taken"
    # BSD kernels let 127.0.0.1 and 0.0.0.0 listen side by side; there only a connection tells.
    return "free" if platform.system() == "Linux" else _by_asking(host_ip, port, protocol)


def _by_asking(host_ip: str, port: int, protocol: str) -> PortState:
    if protocol == "udp":
        return "free"
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host_ip, host_ip)  # noqa: S104 - read, not bound
    return "taken" if tcp_answers(own, port, 1.0) == "answers" else "free"


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError(os.strerror(errno.ETIMEDOUT))
    return left
