from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from stackctl.engine.net import http_get, port_state, resolves, tcp_answers


@contextmanager
def listening(address: str = "127.0.0.1", kind: int = socket.SOCK_STREAM) -> Iterator[int]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, kind) as server:
        server.bind((address, 0))
        if kind == socket.SOCK_STREAM:
            server.listen()
        yield int(server.getsockname()[1])


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", ""])
def test_a_port_with_a_listener_is_taken_on_every_overlapping_address(address: str) -> None:
    with listening("127.0.0.1") as port:
        assert port_state(address, port) == "taken"


def test_another_loopback_address_is_another_port() -> None:
    with listening("127.0.0.1") as port:
        assert port_state("127.0.0.2", port) == "free"


def test_a_listener_on_all_addresses_takes_each() -> None:
    with listening("0.0.0.0") as port:
        assert port_state("127.0.0.1", port) == "taken"


def test_no_address_means_ipv6_too() -> None:
    try:
        with listening("::1") as port:
            assert port_state("", port) == "taken"
            assert port_state("0.0.0.0", port) == "free"
    except OSError:
        pytest.skip("this machine has no IPv6")


def test_a_port_is_free_after_its_listener_is_gone() -> None:
    with listening() as port:
        pass
    assert port_state("127.0.0.1", port) == "free"
    assert port_state("", port) == "free"


def test_a_connection_that_lingers_does_not_take_a_port() -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as every server does, Docker's proxy too
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        side, _address = server.accept()
        side.close()  # the server's side closes first, so TIME_WAIT stays on its port
        client.recv(1)
        client.close()
    assert port_state("127.0.0.1", port) == "free"


def test_a_bound_socket_that_does_not_share_takes_the_port_before_it_listens() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        assert port_state("127.0.0.1", server.getsockname()[1]) == "taken"


def test_udp_is_its_own_world() -> None:
    with listening(kind=socket.SOCK_DGRAM) as port:
        assert port_state("127.0.0.1", port, "udp") == "taken"
        assert port_state("127.0.0.1", port, "tcp") == "free"
    assert port_state("127.0.0.1", port, "udp") == "free"


def test_an_address_of_another_machine_is_named_as_such() -> None:
    assert port_state("192.0.2.1", 18080) == "no-address"


def test_tcp_answers_tells_a_listener_from_silence_and_from_no_name() -> None:
    with listening() as port:
        assert tcp_answers("127.0.0.1", port, 2) == "answers"
    assert tcp_answers("127.0.0.1", port, 2) == "no-answer"
    assert tcp_answers("no..name", 80, 5) == "no-name"  # no label may be empty: the answer needs no resolver


def test_names_resolve_or_not() -> None:
    assert resolves("localhost", 5)
    assert not resolves("no..name", 5)


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/slow":
            self.send_response(200)
            self.end_headers()
            for _ in range(600):  # a minute, unless the reader hangs up
                self.wfile.write(b"x")
                time.sleep(0.1)
            return
        self.send_response(302 if self.path == "/moved" else 503 if self.path == "/sick?now=1" else 200)
        self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()
        self.wfile.write(f"{self.path} {self.headers.get('X-Word', '')}".encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Page) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_http_get_gives_status_and_body_whatever_the_status(server: str) -> None:
    assert http_get(f"{server}", 2)[:2] == (200, b"/ ")
    assert http_get(f"{server}/sick?now=1", 2)[:2] == (503, b"/sick?now=1 ")
    assert http_get(f"{server}/a", 2, {"X-Word": "hello"}).body == b"/a hello"


def test_http_get_does_not_follow_a_redirect_nor_a_proxy(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert http_get(f"{server}/moved", 2).status == 302


def test_http_get_ends_in_time_although_bytes_keep_coming(server: str) -> None:
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        http_get(f"{server}/slow", 0.5)
    assert time.monotonic() - start < 30, "the answer would have taken a minute"


def test_http_get_of_something_that_speaks_no_http_is_an_os_error() -> None:
    with socket.socket() as raw:
        raw.bind(("127.0.0.1", 0))
        raw.listen()

        def reply() -> None:
            side, _address = raw.accept()
            with side:
                side.recv(4096)
                side.sendall(b"-ERR unknown command\r\n")

        thread = threading.Thread(target=reply)
        thread.start()
        with pytest.raises(OSError):
            http_get(f"http://127.0.0.1:{raw.getsockname()[1]}/", 2)
        thread.join()


def test_http_get_refuses_what_is_no_http_address() -> None:
    with pytest.raises(ValueError):
        http_get("file:///etc/passwd", 1)
