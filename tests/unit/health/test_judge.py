from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stackctl.health.judge import Standing, judge
from tests.unit.fakes import START, container, probe


def standing(oneshot: bool = False, **facts: Any) -> Standing:
    return judge("web", [container("web", **facts)], "yes" if oneshot else "no", 1, START)


def ago(seconds: float) -> Any:
    return START - timedelta(seconds=seconds)


FAILED_TWICE = (probe(0), probe(1, "no"), probe(1, "first line\nconnection refused\n\n"))


@pytest.mark.parametrize(
    ("facts", "state", "text"),
    [
        ({"health": "healthy"}, "ready", "healthy"),
        ({"health": "healthy", "started": START}, "ready", "healthy"),
        ({"health": "unhealthy"}, "failed", "unhealthy"),
        ({"health": "unhealthy", "probes": FAILED_TWICE}, "failed", "unhealthy: connection refused"),
        ({"health": "starting"}, "waiting", "first probe"),
        ({"health": "starting", "probes": FAILED_TWICE}, "waiting", "probe 2 failed: connection refused"),
        ({"health": "starting", "probes": (probe(1),)}, "waiting", "probe 1 failed"),
        ({"health": "starting", "probes": (probe(0, "fine"),)}, "waiting", "first probe"),
        ({}, "ready", "running"),
        ({"started": ago(0.5)}, "waiting", "running, is it stable"),
        ({"started": ago(1)}, "ready", "running"),
        ({"started": None}, "waiting", "running, is it stable"),
        ({"state": "created"}, "waiting", "created, not started"),
        ({"state": "created", "error": "port is already allocated"}, "failed", "port is already allocated"),
        ({"state": "removing", "health": "unhealthy"}, "waiting", "being removed"),
        ({"state": "paused"}, "failed", "paused: it answers nobody until it is unpaused"),
        (
            {"state": "restarting", "exit_code": 3, "restarts": 2},
            "waiting",
            "restarting, exit code 3, 2 restarts",
        ),
        ({"state": "exited"}, "failed", "ended by itself with exit code 0"),
        ({"state": "exited", "restart_policy": "on-failure"}, "failed", "ended by itself with exit code 0"),
        ({"state": "exited", "restart_policy": "always"}, "waiting", "ended, about to restart"),
        ({"state": "exited", "exit_code": 2}, "failed", "exit code 2"),
        ({"state": "exited", "exit_code": 127, "error": "no such file"}, "failed", "exit code 127: no such file"),
        ({"state": "exited", "exit_code": 137, "oom_killed": True}, "failed", "killed, out of memory"),
        ({"state": "dead", "exit_code": 1}, "failed", "exit code 1"),
        (
            {"state": "exited", "exit_code": 2, "restart_policy": "on-failure", "restarts": 1},
            "waiting",
            "exit code 2, about to restart",
        ),
        ({"state": "exited", "exit_code": 2, "restart_policy": "always", "restarts": 9}, "failed", "exit code 2"),
        ({"state": "exited", "exit_code": 2, "restart_policy": "no"}, "failed", "exit code 2"),
    ],
)
def test_a_service_is_judged_by_its_container(facts: dict[str, Any], state: str, text: str) -> None:
    assert standing(**facts) == Standing("web", state, text)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"state": "exited"}, "done"),
        ({"state": "exited", "exit_code": 1}, "failed"),
        ({}, "waiting"),
        ({"health": "healthy"}, "ready"),
        ({"state": "created"}, "waiting"),
    ],
)
def test_a_job_is_done_at_its_end(facts: dict[str, Any], state: str) -> None:
    assert standing(oneshot=True, **facts).state == state


def test_a_job_that_still_runs_is_awaited() -> None:
    assert standing(oneshot=True).text == "running, to its end"


def test_nothing_wanted_is_done_and_nothing_there_is_awaited() -> None:
    assert judge("web", [], "no", 0, START) == Standing("web", "done", "scaled to 0")
    assert judge("web", [], "no", 1, START) == Standing("web", "waiting", "not created yet")


def test_the_worst_container_speaks_for_all() -> None:
    good, starting = container("web", health="healthy"), container("web", health="starting")
    dead = container("web", state="exited", exit_code=5)
    assert judge("web", [good, good], "no", 2, START).state == "ready"
    assert judge("web", [good, starting], "no", 2, START).state == "waiting"
    assert judge("web", [good, starting, dead], "no", 3, START).text == "exit code 5"


def test_what_is_awaited_is_not_settled_and_the_rest_is() -> None:
    states = {state: Standing("web", state, "").settled for state in ("ready", "done", "waiting", "failed")}
    assert states == {"ready": True, "done": True, "waiting": False, "failed": True}


def test_a_long_probe_output_is_cut() -> None:
    text = standing(health="unhealthy", probes=(probe(1, "x" * 5000),)).text
    assert len(text) < 180
    assert text.endswith("…")


def test_what_may_be_a_job_is_ready_while_it_runs_and_done_when_it_ended_well() -> None:
    # A worker without ports, check or dependents looks just like a job: it must not be waited for to its end.
    running = container("web", started=START - timedelta(seconds=5))
    ended = container("web", state="exited", exit_code=0)
    assert judge("web", [running], "possible", 1, START).state == "ready"
    assert judge("web", [ended], "possible", 1, START).state == "done"
