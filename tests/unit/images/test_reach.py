from __future__ import annotations

import socket
import threading
from dataclasses import replace

import pytest

from stackctl.engine.address import EngineAddress
from stackctl.images.reach import addresses, can_ask, reach_by_tcp, registry_of, silent
from tests.unit.images.made import FACTS


@pytest.mark.parametrize(
    ("image", "registry"),
    [
        ("redis:8", "docker.io"),
        ("prom/prometheus:v3", "docker.io"),
        ("docker.io/library/redis", "docker.io"),
        ("quay.io/a/b:1", "quay.io"),
        ("localhost/a", "localhost"),
        ("localhost:5000/a@sha256:1", "localhost:5000"),
        ("box:5000/a", "box:5000"),
    ],
)
def test_the_registry_of_an_image(image: str, registry: str) -> None:
    assert registry_of(image) == registry


@pytest.mark.parametrize(
    ("registry", "places"),
    [
        ("docker.io", [("registry-1.docker.io", 443)]),
        ("quay.io", [("quay.io", 443), ("quay.io", 80)]),
        ("localhost:5000", [("localhost", 5000)]),
        ("[::1]:5000", [("::1", 5000)]),
    ],
)
def test_where_it_listens(registry: str, places: list[tuple[str, int]]) -> None:
    assert addresses(registry) == places


def test_our_own_connection_says_nothing_about_another_way() -> None:
    assert can_ask(FACTS)
    assert not can_ask(replace(FACTS, proxies=True))
    assert not can_ask(replace(FACTS, mirrors=("https://m",)))
    assert not can_ask(replace(FACTS, address=EngineAddress("box", "ssh://box")))


def test_silence_is_when_no_address_answers() -> None:
    assert silent(["quay.io", "docker.io"], lambda host, port, _s: (host, port) == ("quay.io", 80)) == {"docker.io"}
    assert silent([], lambda *_: False) == set()


def test_all_are_asked_at_once() -> None:
    together = threading.Barrier(3, timeout=5)

    def reach(_host: str, _port: int, seconds: float) -> bool:
        together.wait()
        return seconds == 0.5

    assert silent(["docker.io", "quay.io"], reach, 0.5) == set()


def test_a_real_connection() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        port = listener.getsockname()[1]
        assert reach_by_tcp("127.0.0.1", port, 1.0)
    assert not reach_by_tcp("127.0.0.1", port, 1.0)
