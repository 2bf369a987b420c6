from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from stackctl.health.wait import Waited, Watch, patience, wait_until_settled
from tests.unit.fakes import START, FakeClock, FakeEngine, FakeHandle, Heard, container, stack_of

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from stackctl.engine.door import Handle, OnEvent
    from stackctl.engine.values import Container

PROBED = {"image": "x", "healthcheck": {"test": ["CMD", "x"]}}
SHOP = stack_of({"db": PROBED, "web": PROBED, "init": {"image": "x", "restart": "no"}})

Moment = tuple[float, Sequence["Container"]]


@dataclass
class Film(FakeEngine):
    """An engine whose containers change with time: what counts is the last scene that has begun.

    It tells nothing by itself; see `Told` in test_follow.
    """

    clock: FakeClock = field(default_factory=FakeClock)
    scenes: Sequence[Moment] = ()
    looks: int = 0

    def containers(self, project: str, below: Path | None = None) -> list[Container]:
        assert project == "shop"
        self.looks += 1
        return self.now()

    def inspect(self, ids: Collection[str]) -> list[Container]:
        self.looks += 1
        return [item for item in self.now() if item.id in ids]

    def events(self, project: str, since: datetime, on_event: OnEvent) -> Handle:
        return FakeHandle(1)

    def now(self) -> list[Container]:
        begun = [found for at, found in self.scenes if at <= self.clock.seconds]
        return list(begun[-1]) if begun else []


@dataclass
class Ends(FakeHandle):
    """A `docker compose up` that runs for some seconds."""

    clock: FakeClock = field(default_factory=FakeClock)
    at: float = 0.0

    def poll(self) -> int | None:
        return self.code if self.clock.seconds >= self.at else None


@dataclass
class Case:
    scenes: Sequence[Moment]
    names: Sequence[str] = ("db", "web")
    timeout: float = 30.0
    before: frozenset[str] = frozenset()
    compose_ends: float | None = None
    compose_code: int = 0
    heard: Heard = field(default_factory=Heard)
    clock: FakeClock = field(default_factory=FakeClock)

    def wait(self) -> Waited:
        engine = Film(clock=self.clock, scenes=self.scenes)
        handle = None if self.compose_ends is None else Ends(self.compose_code, clock=self.clock, at=self.compose_ends)
        watch = Watch(SHOP, self.names, self.timeout, self.before)
        return wait_until_settled(engine, self.clock, self.heard, watch, handle)


def healthy(*names: str, **facts: Any) -> list[Container]:
    return [container(name, health="healthy", **facts) for name in names]


def starting(*names: str) -> list[Container]:
    return [container(name, health="starting") for name in names]


DEAD = container("web", state="exited", exit_code=3)


def test_it_ends_when_the_last_one_is_ready() -> None:
    case = Case([(0, starting("db", "web")), (3, [*healthy("db"), *starting("web")]), (7, healthy("db", "web"))])
    waited = case.wait()
    assert (waited.failed, waited.pending, waited.timed_out) == ([], [], False)
    assert 7 <= case.clock.seconds < 7.6
    assert 3 <= waited.seconds["db"] < 3.6
    assert 7 <= waited.seconds["web"] < 7.6


def test_each_change_is_told_once() -> None:
    case = Case([(0, starting("db", "web")), (3, healthy("db", "web"))])
    case.wait()
    assert case.heard.about("db") == ["waiting first probe", "ready healthy"]
    last = case.heard.events[-1]
    assert (last.kind, last.state) == ("service", "ready")
    assert last.elapsed is not None
    assert last.elapsed >= 3


def test_what_is_ready_at_once_costs_no_sleep() -> None:
    case = Case([(0, healthy("db", "web"))])
    assert case.wait().seconds == {"db": 0, "web": 0}
    assert case.clock.naps == []


def test_services_that_were_not_asked_for_do_not_matter() -> None:
    case = Case([(0, [*healthy("db"), DEAD])], names=("db",))
    assert list(case.wait().standings) == ["db"]


def test_a_job_is_awaited_to_its_end() -> None:
    case = Case([(0, [container("init")]), (2, [container("init", state="exited")])], names=("init",))
    waited = case.wait()
    assert waited.standings["init"].state == "done"
    assert waited.seconds["init"] >= 2


def test_without_compose_the_first_failure_ends_the_wait() -> None:
    case = Case([(0, starting("db", "web")), (2, [*starting("db"), DEAD])])
    waited = case.wait()
    assert [(item.service, item.text) for item in waited.failed] == [("web", "exit code 3")]
    assert [item.service for item in waited.pending] == ["db"]
    assert 2 <= case.clock.seconds < 2.6
    assert "web" not in waited.seconds


def test_a_new_container_that_failed_ends_the_wait_while_compose_still_runs() -> None:
    case = Case([(0, starting("db", "web")), (2, [*healthy("db"), DEAD])], compose_ends=6)
    assert [item.service for item in case.wait().failed] == ["web"]
    assert 2 <= case.clock.seconds < 2.6


def test_a_container_of_before_fails_only_after_compose_has_ended() -> None:
    case = Case([(0, starting("db", "web")), (2, [*healthy("db"), DEAD])], compose_ends=6, before=frozenset({"web-id"}))
    assert [item.service for item in case.wait().failed] == ["web"]
    assert 6 <= case.clock.seconds < 6.6


def test_what_was_never_started_is_for_compose_to_explain() -> None:
    unborn = container("web", state="created", error="port is already allocated")
    case = Case([(0, [*starting("db"), unborn])], compose_ends=6, compose_code=1)
    assert case.wait().gave_up
    assert case.clock.seconds >= 6


def test_a_service_that_compose_starts_again_has_not_failed() -> None:
    case = Case(
        [(0, [*healthy("db"), DEAD]), (4, [*healthy("db"), *starting("web")]), (8, healthy("db", "web"))],
        compose_ends=5,
        before=frozenset({"web-id"}),
    )
    assert case.wait().failed == []
    assert case.clock.seconds >= 8


def test_all_ready_while_compose_still_runs_is_not_the_end() -> None:
    case = Case([(0, healthy("db", "web"))], compose_ends=2)
    case.wait()
    assert case.clock.seconds >= 2


def test_compose_that_gives_up_ends_the_wait() -> None:
    case = Case([(0, starting("db"))], compose_ends=2, compose_code=1)
    waited = case.wait()
    assert (waited.timed_out, waited.failed) == (False, [])
    assert [item.service for item in waited.pending] == ["db", "web"]
    assert 2 <= case.clock.seconds < 2.6


def test_the_deadline_ends_the_wait_and_says_who_is_missing() -> None:
    case = Case([(0, [*healthy("db"), *starting("web")])], timeout=10)
    waited = case.wait()
    assert waited.timed_out
    assert [item.service for item in waited.pending] == ["web"]
    assert 10 <= case.clock.seconds < 11


def test_the_deadline_counts_while_compose_runs() -> None:
    case = Case([(0, starting("db", "web"))], timeout=5, compose_ends=1000)
    assert case.wait().timed_out
    assert case.clock.seconds < 6


def test_containers_of_before_are_not_told_while_compose_may_replace_them() -> None:
    old = healthy("db", id="old")
    case = Case(
        [(0, [*old, *starting("web")]), (5, [*old, *healthy("web")])],
        before=frozenset({"old"}),
        compose_ends=4,
    )
    waited = case.wait()
    assert case.heard.about("db") == []
    assert "db" not in waited.seconds
    assert waited.standings["db"].state == "ready"
    assert "web" in waited.seconds


def test_a_container_of_before_that_is_replaced_is_told_and_timed() -> None:
    old = healthy("db", id="old")
    case = Case(
        [(0, old), (2, [*starting("db")]), (4, healthy("db"))],
        names=("db",),
        before=frozenset({"old"}),
        compose_ends=3,
    )
    waited = case.wait()
    assert case.heard.about("db") == ["waiting first probe", "ready healthy"]
    assert waited.seconds["db"] >= 4


def test_without_a_stream_looks_are_never_rarer_than_three_times_a_second() -> None:
    case = Case([(20, healthy("db", "web"))])
    film = Film(clock=case.clock, scenes=case.scenes)
    wait_until_settled(film, case.clock, case.heard, Watch(SHOP, case.names, case.timeout))
    assert 60 < film.looks < 120


def test_a_process_without_a_check_is_ready_when_it_is_stable() -> None:
    stack = stack_of({"plain": {"image": "x", "ports": [{"target": 80}]}})
    clock = FakeClock()
    engine = Film(clock=clock, scenes=[(0, [container("plain", started=START)])])
    waited = wait_until_settled(engine, clock, Heard(), Watch(stack, ["plain"], 30))
    assert waited.standings["plain"].state == "ready"
    assert 1 <= clock.seconds < 2


def test_a_watch_can_be_shortened_and_never_to_nothing() -> None:
    watch = Watch(SHOP, ("db",), 10, frozenset({"x"}))
    assert (watch.since(4).timeout, watch.since(60).timeout) == (6, 1)
    assert watch.since(4).before == watch.before


def check(**facts: Any) -> Mapping[str, Any]:
    return {"image": "x", "healthcheck": {"test": ["CMD", "x"], **facts}}


def test_patience_is_twice_the_longest_chain_of_health_checks() -> None:
    slow = check(interval="10s", timeout="5s", retries=4, start_period="1m")  # 60 + 4 * 15 = 120
    stack = stack_of(
        {
            "db": slow,
            "web": {**slow, "depends_on": {"db": {"condition": "service_healthy"}}},
            "other": check(interval="1s", timeout="1s", retries=1),
        }
    )
    assert patience(stack, ["web", "db", "other"]) == 2 * (120 + 120)
    assert patience(stack, ["db"]) == 2 * 120
    assert patience(stack, ["other"]) == 60


def test_patience_has_composes_own_defaults_and_survives_a_circle() -> None:
    assert patience(stack_of({"a": check()}), ["a"]) == 2 * 3 * (30 + 30)
    circle = stack_of(
        {
            "a": {**check(), "depends_on": {"b": {"condition": "service_started"}}},
            "b": {**check(), "depends_on": {"a": {"condition": "service_started"}}},
        }
    )
    assert patience(circle, ["a", "b"]) >= 60


def test_time_goes_on_only_when_somebody_sleeps() -> None:
    clock = FakeClock()
    clock.sleep(2)
    assert clock.now() - START == timedelta(seconds=2)
