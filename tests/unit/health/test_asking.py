"""Asking known services without a check: by the published port, by the address, by a helper; never too often."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from stackctl.engine.address import EngineAddress
from stackctl.engine.speak import read_answer, request_of
from stackctl.engine.values import Binding
from stackctl.health.asking import PAUSE, UNREACHABLE, asking
from stackctl.health.host_probe import Question, questions
from tests.unit.fakes import FACTS, START, FakeClock, FakeEngine, FakeHandle, container

if TYPE_CHECKING:
    from stackctl.engine.door import Handle, OnLine
    from stackctl.engine.values import Container

HERE, FAR = EngineAddress("default", ""), EngineAddress("far", "ssh://far")
DESKTOP = EngineAddress("desktop", "unix:///home/me/.docker/desktop/docker.sock")
PONG, LOADING = "said " + b"+PONG\r\n".hex(), "said " + b"-LOADING Redis is loading\r\n".hex()


def cache(**facts: Any) -> Container:
    return container("cache", **{"image": "redis:7", "networks": {"shop_default": "172.20.0.2"}, **facts})


def published(host: str = "0.0.0.0", port: int = 16379, target: int = 6379) -> tuple[Binding, ...]:
    return (Binding(host, port, target, "tcp"),)


INSIDE = Question("redis", "172.20.0.2", 6379, network="shop_default")


@pytest.mark.parametrize(
    ("address", "ports", "ways"),
    [
        (HERE, (), [Question("redis", "172.20.0.2", 6379), INSIDE]),
        (HERE, published(), [Question("redis", "127.0.0.1", 16379), INSIDE]),
        (HERE, published("127.0.0.2"), [Question("redis", "127.0.0.2", 16379), INSIDE]),
        (DESKTOP, (), [INSIDE]),  # the address may be another machine's here
        (DESKTOP, published(), [Question("redis", "127.0.0.1", 16379), INSIDE]),
        (FAR, published(), [INSIDE]),  # that port is on the other machine
        (FAR, (), [INSIDE]),
        (HERE, published(target=7000), []),  # moved by whoever wrote the file
    ],
)
def test_the_ways_to_ask(address: EngineAddress, ports: tuple[Binding, ...], ways: list[Question]) -> None:
    assert questions(cache(ports=ports), address) == ways


def test_nobody_asks_what_nobody_knows() -> None:
    assert questions(container("web", networks={"shop_default": "172.20.0.3"}), HERE) == []
    assert questions(cache(networks={"host": ""}), HERE) == []


@dataclass
class Helped(FakeEngine):
    """An engine on another machine, whose helpers say these lines, one each time that they are looked at."""

    says: list[str] = field(default_factory=list)
    ends: bool = False
    address_now: EngineAddress = FAR
    started: list[tuple[str, ...]] = field(default_factory=list)
    handles: list[FakeHandle] = field(default_factory=list)

    def address(self) -> EngineAddress:
        return self.address_now

    def helper(self, network: str, arguments: Sequence[str], on_line: OnLine) -> Handle:
        self.started.append((network, *arguments))
        for line in self.says:
            on_line(line)
        self.handles.append(FakeHandle(125 if self.ends else None))
        return self.handles[-1]


def test_a_helper_asks_where_we_cannot() -> None:
    engine, clock = Helped(says=["refused\n", LOADING, PONG]), FakeClock()
    with asking(engine, clock) as ask:
        first = ask(cache())
        assert first is not None
        assert first.reach == "not-yet"
        clock.sleep(PAUSE)
        second = ask(cache())
        assert second is not None
        assert (second.reach, second.text) == ("answers", "PONG")
        clock.sleep(PAUSE)
        assert ask(cache()) == second
    assert engine.started == [("shop_default", "172.20.0.2", "6379", request_of("redis").hex())]
    assert [handle.stopped for handle in engine.handles] == [True]


def test_a_helper_that_cannot_be_made_is_nobody_to_ask() -> None:
    engine, clock = Helped(ends=True), FakeClock()
    with asking(engine, clock) as ask:
        ask(cache())
        clock.sleep(PAUSE)
        assert ask(cache()) == UNREACHABLE
        clock.sleep(PAUSE)
        assert ask(cache()) == UNREACHABLE
    assert len(engine.started) == 1


def test_helpers_end_with_the_wait_whatever_ends_it() -> None:
    engine = Helped()
    with pytest.raises(KeyboardInterrupt), asking(engine, FakeClock()) as ask:
        ask(cache())
        raise KeyboardInterrupt
    assert [handle.stopped for handle in engine.handles] == [True]


def test_another_life_of_the_container_is_asked_anew() -> None:
    engine, clock = Helped(), FakeClock()
    with asking(engine, clock) as ask:
        ask(cache())
        clock.sleep(PAUSE)
        ask(cache(started=START))
    assert len(engine.started) == 2


@contextmanager
def server(answer: Callable[[], bytes]) -> Iterator[tuple[int, list[bytes]]]:
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _peer = listening.accept()
                except OSError:
                    return
                with connection:
                    asked.append(connection.recv(4096))
                    connection.sendall(answer())

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1], asked
        listening.shutdown(socket.SHUT_RDWR)


def test_a_service_is_asked_until_it_has_answered_once_and_not_too_often() -> None:
    answers = [b"-LOADING\r\n", b"+PONG\r\n"]
    with server(lambda: answers.pop(0)) as (port, asked):
        clock = FakeClock()
        with asking(Helped(address_now=FACTS.address), clock) as ask:
            item = cache(ports=published(port=port))
            replies = []
            for _turn in range(6):
                replies.append(ask(item))
                clock.sleep(PAUSE / 2)
        assert [reply.reach for reply in replies if reply] == ["not-yet", "not-yet", *["answers"] * 4]
        assert asked == [b"PING\r\n"] * 2


def test_the_answers_of_a_helper_are_read_as_our_own() -> None:
    assert read_answer("redis", "said " + b"-NOAUTH Authentication required\r\n".hex()).reach == "answers"
    assert read_answer("http", "said " + b"HTTP/1.1 503 Unavailable\r\n".hex()) == ("not-yet", "HTTP 503")
    assert read_answer("http", "said " + b"HTTP/1.0 200 OK\r\n".hex()) == ("answers", "HTTP 200")
    assert read_answer("http", "said " + b"SSH-2.0-x".hex()).reach == "not-yet"
    assert read_answer("mongo", "said " + bytes(40).hex()).reach == "answers"
    assert read_answer("mongo", "said ").reach == "not-yet"
    assert read_answer("mongo", "silent\n") == ("not-yet", "no answer")
    assert request_of("http", "172.20.0.2", "/-/ready").startswith(b"GET /-/ready HTTP/1.0\r\n")
