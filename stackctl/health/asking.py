"""Asking known services without a health check while we wait; by a helper where this machine cannot reach them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackctl.engine.speak import Reply, read_answer, request_of
from stackctl.health.host_probe import Question, ask, questions

if TYPE_CHECKING:
    from datetime import datetime

    from stackctl.engine.address import EngineAddress
    from stackctl.engine.door import Engine, Handle
    from stackctl.engine.values import Container
    from stackctl.workspace.clock import Clock

Ask = Callable[["Container"], Reply | None]

PAUSE = 0.25
UNREACHABLE = Reply("unreachable", "nobody here can ask it")
ON_ITS_WAY = Reply("not-yet", "a helper in its network is about to ask")


@contextmanager
def asking(engine: Engine, clock: Clock) -> Iterator[Ask]:
    """Give the function that asks a container. It gives None where there is nobody to ask. Helpers end with it."""
    asker = Asker(engine, clock)
    try:
        yield asker
    finally:
        asker.close()


@dataclass
class Asked:
    """One life of a container: the ways to ask it that are left, the last answer and when, the helper that asks."""

    ways: list[Question]
    reply: Reply | None = None
    at: float = -PAUSE
    helper: Handle | None = None
    lines: list[str] = field(default_factory=list)


class Asker:
    """Remembers what was answered, so that a service is asked until it has answered once."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._address: EngineAddress | None = None
        self._asked: dict[tuple[str, datetime | None], Asked] = {}

    def __call__(self, container: Container) -> Reply | None:
        """Ask, or give what was said a moment ago."""
        key = (container.id, container.started)
        if key not in self._asked:
            self._address = self._address or self._engine.address()
            self._asked[key] = Asked(questions(container, self._address))
        asked = self._asked[key]
        answered = asked.reply is not None and asked.reply.reach == "answers"
        if asked.ways and not answered and self._clock.monotonic() - asked.at >= PAUSE:
            asked.reply = self._ask(asked)
            asked.at = self._clock.monotonic()
        return asked.reply

    def close(self) -> None:
        """End the helpers that still ask."""
        for asked in self._asked.values():
            _stop(asked)

    def _ask(self, asked: Asked) -> Reply:
        while asked.ways:
            way = asked.ways[0]
            reply = self._by_helper(asked, way) if way.network else ask(way)
            if reply.reach != "unreachable":
                return reply
            del asked.ways[0]  # what this machine cannot reach now it will not reach in a moment
        return UNREACHABLE

    def _by_helper(self, asked: Asked, way: Question) -> Reply:
        if asked.helper is None:
            request = request_of(way.kind, way.host, way.path)
            asked.helper = self._engine.helper(
                way.network, (way.host, str(way.port), request.hex()), asked.lines.append
            )
            return ON_ITS_WAY
        reply = read_answer(way.kind, asked.lines[-1]) if asked.lines else ON_ITS_WAY
        if reply.reach == "answers":
            _stop(asked)
        elif asked.helper.poll() is not None:
            # No image to make it from, no such network any more; or it has asked for long enough.
            asked.helper = None
            return UNREACHABLE
        return reply


def _stop(asked: Asked) -> None:
    if asked.helper is not None:
        asked.helper.stop()
        asked.helper = None
