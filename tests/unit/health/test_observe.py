"""What only a second look knows: crash loops, removed containers, the author's own patience, labels, clocks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stackctl.engine.speak import Reply
from stackctl.engine.values import Probe
from stackctl.errors import EngineError
from stackctl.health.wait import Waited, Watch, wait_until_settled
from stackctl.lifecycle.failure import late
from tests.unit.fakes import START, FakeClock, FakeHandle, Heard, container, stack_of
from tests.unit.health.test_wait import Film

QUICK = {"test": ["CMD", "x"], "interval": "1s", "retries": 3}
SHOP = stack_of(
    {
        "db": {"image": "x", "restart": "always"},
        "web": {"image": "x", "healthcheck": QUICK, "depends_on": {"db": {"condition": "service_healthy"}}},
        "own": {"image": "x", "labels": {"stackctl.ready_timeout": "5s"}, "healthcheck": {"test": ["CMD", "x"]}},
        "two": {"image": "x", "deploy": {"replicas": 2}, "restart": "always"},
    }
)


def wait(
    scenes: Any, *names: str, handle: FakeHandle | None = None, clock: FakeClock | None = None, **watch: Any
) -> Waited:
    clock = clock or FakeClock()
    film = Film(clock=clock, scenes=scenes)
    return wait_until_settled(film, clock, Heard(), Watch(SHOP, names, watch.pop("timeout", 60.0), **watch), handle)


def crash(count: int, **facts: Any) -> Any:
    """A container in its back-off, or one that runs once more."""
    return container(
        "db", **{"state": "restarting", "exit_code": 3, "restarts": count, "restart_policy": "always", **facts}
    )


def alive(count: int, at: float) -> Any:
    return crash(count, state="running", created=START, started=START + timedelta(seconds=at))


def test_a_crash_loop_that_nothing_can_heal_is_a_failure() -> None:
    clock = FakeClock()
    waited = wait([(at, [crash(at)]) for at in range(1, 20)], "db", clock=clock)
    assert [item.text for item in waited.failed] == ["crashes again and again: exit code 3, 5 restarts"]
    assert clock.seconds < 6


def test_a_lucky_running_moment_is_not_ready() -> None:
    scenes = [(at / 2, [crash(at // 2) if at % 2 else alive(at // 2, at / 2 - 2)]) for at in range(2, 40)]
    assert wait(scenes, "db").failed


def test_a_service_that_restarts_and_then_stays_up_is_ready_with_a_finding() -> None:
    waited = wait([(0, [crash(1)]), (1, [crash(2)]), (2, [alive(2, 2)])], "db")
    assert waited.standings["db"].state == "ready"
    assert [(item.code, item.message) for item in waited.findings] == [
        ("restarted", "db restarted 2 times before it stayed up")
    ]


def test_restarts_of_long_ago_are_no_finding() -> None:
    waited = wait([(0, [crash(7, state="running")])], "db", before=frozenset({"db-id"}))
    assert waited.standings["db"].state == "ready"
    assert waited.findings == ()


def test_a_loop_is_not_given_up_while_something_else_may_heal_it() -> None:
    starting = container("own", health="starting")
    well = container("own", health="healthy")
    scenes = [(at, [crash(at), starting if at < 10 else well]) for at in range(12)]
    waited = wait([*scenes, (12, [alive(11, 12), well])], "db", "own", clock=FakeClock())
    assert waited.failed == []


def test_what_the_author_would_have_called_unhealthy_fails_inside_our_longer_start_period() -> None:
    clock = FakeClock()
    bad = (Probe(START, 1, "no such file"),)
    started = container("web", health="starting", started=START, probes=bad)
    waited = wait([(0, [started])], "web", clock=clock)
    assert [item.text for item in waited.failed] == ["unhealthy: no such file"]
    assert late(waited) == [item.service for item in waited.failed], "the rules are told, as the engine says: starting"
    assert 3.0 < clock.seconds < 4.5


def test_a_label_limits_one_service() -> None:
    clock = FakeClock()
    waited = wait([(0, [container("own", health="starting")])], "own", clock=clock)
    assert waited.timed_out
    assert 5 < clock.seconds < 6


def test_a_container_that_is_removed_by_hand_ends_the_wait() -> None:
    clock = FakeClock()
    waited = wait([(0, [container("own", health="starting")]), (2, [])], "own", clock=clock)
    assert [item.text for item in waited.failed] == ["its container was removed while we waited"]
    assert clock.seconds < 3


def test_it_says_who_waits_for_whom() -> None:
    waited = wait([(0, [crash(1), container("web", state="created")])], "db", "web", timeout=2.0)
    assert waited.standings["web"].text == "waits for db"


def test_all_containers_of_a_scaled_service_count() -> None:
    waited = wait([(0, [container("two")])], "two", timeout=2.0)
    assert waited.standings["two"].text == "1 of 2 containers are there"
    assert wait([(0, [container("two")])], "two", scale={"two": 1}).standings["two"].state == "ready"
    assert wait([(0, [])], "two", scale={"two": 0}).standings["two"].state == "done"


def test_a_clock_that_is_set_back_does_not_stop_the_wait() -> None:
    ahead = container("db", started=START + timedelta(hours=1))
    assert wait([(0, [ahead])], "db", timeout=5.0).standings["db"].state == "ready"


def test_a_known_service_without_a_check_is_asked_from_the_host() -> None:
    clock = FakeClock()
    young = container("db", started=START)

    def ask(_container: object) -> Reply:
        return Reply("not-yet", "connection refused") if clock.seconds < 4 else Reply("answers", "PONG")

    assert wait([(0, [young])], "db", ask=ask, clock=clock).standings["db"].state == "ready"
    assert clock.seconds >= 4


def test_nobody_is_kept_waiting_for_ever_by_the_question() -> None:
    clock = FakeClock()
    waited = wait([(0, [container("db", started=START)])], "db", ask=lambda _c: Reply("not-yet", "no"), clock=clock)
    assert waited.standings["db"].state == "ready"
    assert 30 < clock.seconds < 31


def test_without_waiting_it_ends_with_compose() -> None:
    clock = FakeClock()
    waited = wait([(0, [container("own", health="starting")])], "own", handle=FakeHandle(0), until_started=True)
    assert waited.pending
    assert not waited.timed_out
    assert clock.seconds == 0


def test_an_engine_that_stops_ends_the_wait() -> None:
    class Gone(Film):
        def containers(self, project: str, below: object = None) -> Any:
            raise EngineError("the Docker engine does not answer")

    with pytest.raises(EngineError):
        wait_until_settled(Gone(), FakeClock(), Heard(), Watch(SHOP, ("db",), 60.0))
