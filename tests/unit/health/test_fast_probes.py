"""Which checks ask faster at the start, and that a slow starter gains time by it, never loses any."""

from __future__ import annotations

from typing import Any

import pytest

from stackctl.health.arithmetic import arithmetic
from stackctl.health.fast_probes import CHEAP, DEAR, MIDDLE, fast_checks
from stackctl.stack.probe_overlay import FastCheck
from tests.unit.fakes import stack_of

CHECK = {"test": ["CMD", "wget", "-q", "http://127.0.0.1/"], "interval": "10s", "retries": 3}


def fast(check: Any, image: str = "acme/a:1", filled: tuple[str, ...] = (), **service: Any) -> FastCheck | None:
    stack = stack_of({"a": {"image": image, "healthcheck": check, **service}}, volumes={"data": {"name": "shop_data"}})
    return fast_checks(stack, {}, filled).get("a")


def test_a_period_is_made_of_the_interval_and_the_retries() -> None:
    assert fast(CHECK) == FastCheck(CHEAP, 30.0)
    assert fast({"test": ["CMD", "x"]}) == FastCheck(CHEAP, 90.0)


@pytest.mark.parametrize("check", [None, {}, {"disable": True}, {"test": ["NONE"]}])
def test_nothing_where_there_is_no_check(check: Any) -> None:
    assert fast(check) is None


def test_the_authors_own_start_interval_is_left_alone() -> None:
    assert fast({**CHECK, "start_period": "30s", "start_interval": "2s"}) is None


def test_a_check_that_is_as_quick_already_is_left_alone() -> None:
    assert fast({**CHECK, "interval": "250ms"}) is None
    assert fast({**CHECK, "test": ["CMD", "mongosh"], "interval": "1s"}) is None


@pytest.mark.parametrize("test", [["CMD", "python3", "-c", "pass"], "perl -e 1", "exec python3.11 -m app.health"])
def test_an_interpreter_is_asked_less_often(test: Any) -> None:
    found = fast({**CHECK, "test": test})
    assert found is not None
    assert CHEAP < found.start_interval == MIDDLE < DEAR


@pytest.mark.parametrize("test", ["mongosh --eval 1", ["CMD", "java", "-jar", "x"], ["CMD-SHELL", "node x.js"]])
def test_a_probe_that_has_to_load_a_runtime_asks_less_often(test: Any) -> None:
    found = fast({**CHECK, "test": test})
    assert found is not None
    assert found.start_interval == DEAR


@pytest.mark.parametrize("interval", ["2s", "10s", "30s"])
@pytest.mark.parametrize("retries", [1, 3])
@pytest.mark.parametrize("period", [None, "3s", "12s", "60s"])
def test_no_slow_starter_loses_time(interval: str, retries: int, period: str | None) -> None:
    check = {"test": ["CMD", "x"], "interval": interval, "retries": retries, "start_period": period}
    found = fast(check)
    assert found is not None
    own = arithmetic(check)
    # With the fast check the first probe that counts may come at the end of its period, the others an interval apart.
    assert found.start_period + (own.retries - 1) * own.interval >= own.gives_up(0.0)


MONGO = {**CHECK, "test": ["CMD", "mongosh", "--eval", "1"]}
ROOT = {"MONGO_INITDB_ROOT_USERNAME": "root"}
DATA = [{"type": "volume", "source": "data", "target": "/data/db"}]


def test_a_loopback_probe_would_meet_the_first_server_of_an_empty_mongo() -> None:
    assert fast(MONGO, "mongo:8", environment=ROOT, volumes=DATA) is None
    assert fast(MONGO, "mongo:8", ("shop_data",), environment=ROOT, volumes=DATA)
    assert fast(MONGO, "mongo:8", volumes=DATA)  # without a first user there is no such server
    assert fast(MONGO, "stackctl/mongodb:local", environment=ROOT, volumes=DATA)
    by_name = {**MONGO, "test": ["CMD-SHELL", "mongosh --host $$(hostname) --eval 1"]}
    assert fast(by_name, "docker.io/library/mongo:8", environment=ROOT, volumes=DATA)


def test_the_other_databases_have_such_a_server_too() -> None:
    assert fast({**CHECK, "test": ["CMD", "pg_isready"]}, "postgres:17") is None
    assert fast({**CHECK, "test": ["CMD", "pg_isready", "-h", "127.0.0.1"]}, "postgres:17")
    assert fast({**CHECK, "test": ["CMD", "mysqladmin", "ping", "-h", "localhost"]}, "mysql:9") is None
    assert fast({**CHECK, "test": ["CMD", "mysqladmin", "ping", "-h", "127.0.0.1"]}, "mariadb:11")
