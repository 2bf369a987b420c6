"""Following containers by events: who is looked at, when, and what happens without a stream."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from stackctl.engine.events import EngineEvent
from stackctl.health.follow import EVERYTHING, OPEN_AGAIN, SOON, effect_of
from stackctl.health.wait import Waited, Watch, wait_until_settled
from tests.unit.fakes import START, FakeClock, FakeHandle, Heard, container, stack_of
from tests.unit.health.test_wait import SHOP, Ends, Film, Moment

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from stackctl.engine.door import Handle, OnEvent
    from stackctl.engine.values import Container

Told = tuple[float, str, str]


@dataclass
class Telling(Film):
    """A film that also tells: seconds, service, what happened (`healthy` for a health status)."""

    told: Sequence[Told] = ()
    stream_ends: float = 1e9
    asked_for: list[tuple[float, str]] = field(default_factory=list)
    streams: list[FakeHandle] = field(default_factory=list)

    def containers(self, project: str, below: Path | None = None) -> list[Container]:
        self.asked_for.append((self.clock.seconds, "all"))
        return self.now()

    def inspect(self, ids: Collection[str]) -> list[Container]:
        self.asked_for.append((self.clock.seconds, "known"))
        return [item for item in self.now() if item.id in ids]

    def events(self, project: str, since: datetime, on_event: OnEvent) -> Handle:
        begun = self.clock.seconds
        for at, service, what in self.told:
            if begun <= at < self.stream_ends:
                self.clock.at.append((at, self._teller(on_event, at, service, what)))
        handle = Ends(1, clock=self.clock, at=self.stream_ends if begun < self.stream_ends else begun)
        self.streams.append(handle)
        return handle

    @staticmethod
    def _teller(on_event: OnEvent, at: float, service: str, what: str) -> Callable[[], None]:
        health = what if what in ("healthy", "unhealthy") else ""
        action = "health_status" if health else what
        event = EngineEvent(f"{service}-id", START + timedelta(seconds=at), action, health)
        return lambda: on_event(event)


def film(scenes: Sequence[Moment], *told: Told, ends: float = 1e9) -> Telling:
    return Telling(clock=FakeClock(), scenes=scenes, told=told, stream_ends=ends)


def wait(engine: Telling, *names: str, ends: float | None = None, timeout: float = 30) -> Waited:
    handle = None if ends is None else Ends(0, clock=engine.clock, at=ends)
    known = None if ends is None else ()
    return wait_until_settled(engine, engine.clock, Heard(), Watch(SHOP, names, timeout, known=known), handle)


def starting(*names: str) -> list[Container]:
    return [container(name, health="starting", started=START) for name in names]


def healthy(*names: str) -> list[Container]:
    return [replace(item, health="healthy") for item in starting(*names)]


def event(action: str, health: str = "") -> EngineEvent:
    return EngineEvent("x", START, action, health)


def test_what_an_event_means() -> None:
    known = container("db")
    assert effect_of(event("destroy"), known) == "gone"
    assert effect_of(event("health_status", "healthy"), known) == "healthy"
    assert effect_of(event("health_status", "healthy"), None) == "look now"
    assert effect_of(event("health_status", "unhealthy"), known) == "look now"
    assert effect_of(event("die"), known) == "look now"
    assert effect_of(event("create"), None) == "look soon"
    assert effect_of(event("start"), known) == "look soon"


def test_the_wait_ends_with_the_event() -> None:
    engine = film([(0, starting("db")), (3.21, healthy("db"))], (3.21, "db", "healthy"))
    assert wait(engine, "db").standings["db"].state == "ready"
    assert engine.clock.seconds == pytest.approx(3.21)


def test_what_was_only_told_is_looked_at_once_before_it_is_believed() -> None:
    # Told, but no longer true: an event of before, or a service that fell at once.
    engine = film([(0, starting("db")), (8, healthy("db"))], (2, "db", "healthy"), (8, "db", "healthy"))
    assert wait(engine, "db").standings["db"].state == "ready"
    assert engine.clock.seconds == pytest.approx(8)
    assert (2, "known") in engine.asked_for


def test_a_death_that_nobody_has_told_yet_is_seen_before_the_answer() -> None:
    """A busy machine tells late; by then a process that ended after half a second would count as stable."""
    alive = container("plain", started=START, created=START, restart_policy="always")
    dead = replace(alive, state="restarting", exit_code=3, restarts=1)
    engine = film([(0, [alive]), (0.5, [dead])])
    stack = stack_of({"plain": {"image": "x", "restart": "always", "ports": [{"target": 80}]}})
    watch = Watch(stack, ["plain"], 5, known=[alive])
    waited = wait_until_settled(engine, engine.clock, Heard(), watch, Ends(0, clock=engine.clock, at=0.2))
    assert [item.state for item in waited.standings.values()] != ["ready"]


def test_a_death_is_looked_at_at_once() -> None:
    dead = container("db", state="exited", exit_code=3)
    engine = film([(0, starting("db")), (2.5, [dead])], (2.5, "db", "die"))
    assert [item.text for item in wait(engine, "db").failed] == ["exit code 3"]
    assert engine.clock.seconds == pytest.approx(2.5)


def test_a_container_that_is_removed_needs_no_look() -> None:
    engine = film([(0, starting("db")), (2, [])], (2, "db", "destroy"))
    assert [item.text for item in wait(engine, "db").failed] == ["its container was removed while we waited"]
    assert engine.clock.seconds == pytest.approx(2)


def test_a_burst_is_one_look() -> None:
    names = ("db", "web")
    told = [(1 + number / 100, name, what) for number in range(5) for name in names for what in ("create", "start")]
    engine = film(
        [(1, starting(*names)), (2.2, healthy(*names))], *told, (2.2, "db", "healthy"), (2.2, "web", "healthy")
    )
    wait(engine, *names, ends=9)
    looks = [at for at, _what in engine.asked_for if at < 2]
    assert len(looks) == 1
    assert 1 <= looks[0] <= 1 + 2 * SOON


def test_nothing_is_listed_while_events_say_it_all() -> None:
    engine = film(
        [(1, starting("db")), (4, healthy("db"))], (1, "db", "create"), (1, "db", "start"), (4, "db", "healthy")
    )
    wait(engine, "db", ends=2)
    assert [at for at, what in engine.asked_for if what == "all"] == [pytest.approx(2)]  # once, as Compose has ended


def test_a_lost_event_costs_a_while_and_not_the_wait() -> None:
    engine = film([(0, starting("db")), (2, [*healthy("db"), *healthy("web")])])
    waited = wait(engine, "db", "web")
    assert waited.standings["web"].state == "ready"
    assert 2 < engine.clock.seconds < EVERYTHING + 1


def test_a_stream_that_died_is_replaced_by_looks_and_then_by_another_stream() -> None:
    engine = film([(0, starting("db")), (20.5, healthy("db"))], ends=3)
    assert wait(engine, "db").standings["db"].state == "ready"
    assert 20.5 <= engine.clock.seconds < 21
    assert 2 <= len(engine.streams) <= 20 / OPEN_AGAIN + 2


def test_every_stream_is_ended() -> None:
    engine = film([(0, healthy("db"))])
    wait(engine, "db")
    assert [handle.stopped for handle in engine.streams] == [True]


def test_a_stream_is_ended_by_an_interruption_too() -> None:
    class Interrupted(Telling):
        def inspect(self, ids: Collection[str]) -> list[Container]:
            raise KeyboardInterrupt

    engine = Interrupted(clock=FakeClock(), scenes=[(0, starting("db"))])
    with pytest.raises(KeyboardInterrupt):
        wait(engine, "db")
    assert [handle.stopped for handle in engine.streams] == [True]


@pytest.mark.parametrize("jump", [-86400.0, 86400.0])
def test_a_clock_that_somebody_sets_changes_no_answer(jump: float) -> None:
    engine = film([(0, starting("db")), (4, healthy("db"))], (4, "db", "healthy"))
    engine.clock.at.append((2, lambda: setattr(engine.clock, "jump", jump)))
    waited = wait(engine, "db", timeout=10)
    assert (waited.timed_out, waited.standings["db"].state) == (False, "ready")
    assert engine.clock.seconds == pytest.approx(4)
