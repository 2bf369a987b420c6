"""Prometheus on made-up answers: each check when its hop works, when it is broken, and when there is none."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from stackctl.engine.net import Answer, HttpRequest
from stackctl.verify import prometheus, prometheus_api
from stackctl.verify.check import Check
from stackctl.verify.run import run_checks
from stackctl.verify.site import QUESTION_SECONDS, RESTART_SECONDS
from tests.unit.verify.made import CORE, PROM, FakeWeb, row, service, site, target


def test_without_prometheus_nothing_is_asked(tmp_path: Path) -> None:
    web = FakeWeb()
    for check in (prometheus.answers, prometheus.stores, prometheus.targets, prometheus.fresh, prometheus.rules):
        assert check(site(tmp_path, CORE, web=web)).status == "skipped"
    far = replace(PROM, ports=(), networks={})
    assert prometheus.answers(site(tmp_path, far)).text == prometheus_api.UNREACHED
    assert web.asked == []


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        ([target("prometheus", "up"), target("core", "up")], ""),
        (
            [target("prometheus", "up"), target("core", "down", "refused")],
            "job core cannot read http://core:1/metrics: refused",
        ),
        ([target("prometheus", "up")], "no job core reads core"),
        (
            [target("prometheus", "up"), target("core", "unknown")],
            "job core cannot read http://core:1/metrics: unknown",
        ),
    ],
)
def test_targets(tmp_path: Path, targets: list[dict[str, object]], words: str) -> None:
    web = FakeWeb()
    web.targets(*targets)
    web.json("9090/api/v1/status/config", {"data": {"yaml": "scrape_configs:\n- job_name: prometheus\n"}})
    found = prometheus.targets(site(tmp_path, PROM, CORE, web=web))
    assert (found.status, found.text) == (("failed", words) if words else ("ok", "2 targets are up"))


def test_a_target_that_was_never_asked_is_waited_for(tmp_path: Path) -> None:
    web, answers = FakeWeb(), ["unknown", "unknown", "up"]

    def answer(_request: HttpRequest) -> Answer:
        state = answers.pop(0) if len(answers) > 1 else answers[0]
        return Answer(200, json.dumps({"data": {"activeTargets": [target("prometheus", state)]}}).encode())

    web.pages["9090/api/v1/targets"] = answer
    assert prometheus.targets(site(tmp_path, PROM, web=web)).status == "ok"


def test_a_target_that_was_down_before_its_service_listened_is_asked_again(tmp_path: Path) -> None:
    """The last scrape may be older than the service: it says nothing of now."""
    web, answers = FakeWeb(), [("down", "1"), ("down", "1"), ("down", "1"), ("up", "2")]

    def answer(_request: HttpRequest) -> Answer:
        state, scraped = answers.pop(0) if len(answers) > 1 else answers[0]
        targets = [target("prometheus", state, "refused", lastScrape=scraped)]
        return Answer(200, json.dumps({"data": {"activeTargets": targets}}).encode())

    web.pages["9090/api/v1/targets"] = answer
    assert prometheus.targets(site(tmp_path, PROM, web=web)).status == "ok"


@pytest.mark.parametrize(
    ("rows", "words"),
    [([row(1)], ""), ([row(0)], "redis_up is 0: it cannot log in"), ([], "gives no redis_up")],
)
def test_an_exporter_that_reaches_nothing(tmp_path: Path, rows: list[dict[str, object]], words: str) -> None:
    web = FakeWeb()
    web.query({"redis_up": rows})
    web.targets(target("redis", "up"))
    exporter = service("redis-exporter", image="oliver006/redis_exporter:v1")
    found = prometheus.exporters(site(tmp_path, PROM, exporter, web=web))
    assert (found.status == "failed") == bool(words)
    assert words in found.text


def test_old_samples_are_told_with_their_age(tmp_path: Path) -> None:
    web = FakeWeb()
    web.query({"time() - timestamp(up)": [row(300, job="core"), row(2, job="prometheus")], "up": [row(1)]})
    web.targets(target("core", "up"), target("prometheus", "up"))
    assert prometheus.fresh(site(tmp_path, PROM, web=web)).text == "the last figures of core are 300 s old"


@pytest.mark.parametrize(("age", "status"), [(100, "ok"), (300, "failed")])
def test_what_is_read_once_a_minute_may_be_a_minute_old(tmp_path: Path, age: float, status: str) -> None:
    web = FakeWeb()
    web.query({"time() - timestamp(up)": [row(age, job="core")], "up": [row(1)]})
    web.targets(target("core", "up", scrapeInterval="1m"))
    assert prometheus.fresh(site(tmp_path, PROM, web=web)).status == status


def test_a_target_that_is_read_once_a_minute_may_not_have_been_read_yet(tmp_path: Path) -> None:
    web = FakeWeb()
    web.targets(target("prometheus", "up"), target("core", "unknown", scrapeInterval="1m"))
    assert prometheus.targets(site(tmp_path, PROM, web=web)).text == "1 target is up, 1 not read yet"


def test_an_exporter_that_was_not_read_again_is_not_judged(tmp_path: Path) -> None:
    """Its 0 may be of before the service was up: no further reading came within the time."""
    web = FakeWeb()
    web.query({"redis_up": [row(0)]})
    web.targets(target("redis", "up", lastScrape="always the same"))
    exporter = service("redis-exporter", image="oliver006/redis_exporter:v1")
    assert prometheus.exporters(site(tmp_path, PROM, exporter, web=web)).status == "skipped"


class TestPrometheus:
    def test_that_restarts_is_waited_for(self, tmp_path: Path) -> None:
        web, refusals = FakeWeb(), [ConnectionRefusedError("refused"), ConnectionResetError("reset")]

        def answer(_request: HttpRequest) -> Answer:
            if refusals:
                raise refusals.pop()
            return Answer(200, b'{"data": {"version": "3.0"}}')

        web.pages["9090/api/v1/status/buildinfo"] = answer
        assert prometheus.answers(site(tmp_path, PROM, web=web)).text == "Prometheus 3.0 answers"

    def test_that_is_away_is_not_waited_for_long(self, tmp_path: Path) -> None:
        there = site(tmp_path, PROM)
        with pytest.raises(ConnectionRefusedError):
            prometheus.answers(there)
        assert there.world.clock.monotonic() <= RESTART_SECONDS

    def test_that_is_slow_gets_as_long_as_one_question_may_take(self, tmp_path: Path) -> None:
        given: list[float] = []

        def slow(request: HttpRequest, timeout: float) -> Answer:
            given.append(timeout)
            raise TimeoutError("timed out")

        there = site(tmp_path, PROM)
        there.doors = replace(there.doors, web=slow)
        (outcome,) = run_checks([Check("metrics.prometheus", "", prometheus.answers)], there)
        assert outcome.found.text == "no answer while checking: timed out"
        assert given == [QUESTION_SECONDS]

    def test_that_answers_with_something_else_is_told_so(self, tmp_path: Path) -> None:
        web = FakeWeb({"9090/api/v1/status/buildinfo": Answer(200, b"<html>")})
        (outcome,) = run_checks([Check("metrics.prometheus", "", prometheus.answers)], site(tmp_path, PROM, web=web))
        assert outcome.found.text == "no answer while checking: HTTP 200"


def test_a_rule_that_fails_is_told_with_its_position(tmp_path: Path) -> None:
    web = FakeWeb()
    rule = {"name": "Bad", "health": "err", "lastError": "1:7: parse error: unclosed left parenthesis"}
    web.json("9090/api/v1/rules", {"data": {"groups": [{"file": "/r.yml", "rules": [rule, {"health": "ok"}]}]}})
    web.query({})
    found = prometheus.rules(site(tmp_path, PROM, web=web))
    assert found.text == "rule Bad (/r.yml) fails: line 1, column 7: unclosed left parenthesis"


@pytest.mark.parametrize(("failures", "age", "status"), [(0, 2, "ok"), (5, 2, "ok"), (5, 99, "failed"), (0, 99, "ok")])
def test_a_store_that_takes_nothing(tmp_path: Path, failures: int, age: float, status: str) -> None:
    """Failures of long ago are forgiven while samples are fresh; old samples without failures are another hop's."""
    page = f"prometheus_tsdb_wal_writes_failed_total {failures}\n".encode()
    web = FakeWeb({"9090/metrics": Answer(200, page)})
    web.query({"time() - max": [row(age)]})
    assert prometheus.stores(site(tmp_path, PROM, web=web)).status == status
