"""Each check on made-up answers: what it says when its hop works, when it is broken, and when there is none."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from stackctl.engine.net import Answer, HttpRequest
from stackctl.engine.values import Probe
from stackctl.verify import data, grafana, prometheus, services, traces, upkeep
from stackctl.verify.alerts import alerts
from stackctl.verify.site import SECONDS
from tests.unit.fakes import START, stack_of
from tests.unit.verify.made import FakeWeb, row, service, site

PROM = service("prometheus", image="prom/prometheus:v3", labels={"stackctl.scrape": "prometheus"})
GRAFANA = service("grafana", image="grafana/grafana:13")
CORE = service("core", labels={"stackctl.verify": "items", "stackctl.scrape": "core"})
TRACE = "ab" * 16


# ---------------------------------------------------------------------------------------------------- services


def test_what_does_not_run_is_named(tmp_path: Path) -> None:
    sick = replace(service("web"), health="unhealthy", probes=(Probe(None, 1, "cannot connect", None),))
    gone = replace(service("db"), state="exited", exit_code=3)
    there = site(tmp_path, sick, gone)
    there.stack = stack_of({"web": {"network_mode": "host"}, "db": {}, "lost": {}, "none": {"deploy": {"replicas": 0}}})
    found = services.running(there)
    told = {found.text, *found.details}
    assert told == {"lost has no container", "web is unhealthy: cannot connect", "db does not run: exited"}


def test_a_job_that_is_done_is_well(tmp_path: Path) -> None:
    done = replace(service("init", labels={"stackctl.oneshot": "true"}), state="exited", exit_code=0)
    assert services.running(site(tmp_path, done, service("web"))).status == "ok"
    assert services.running(site(tmp_path)).hint == "stackctl up"


def test_a_service_outside_its_network_is_named(tmp_path: Path) -> None:
    there = site(tmp_path, replace(service("web"), networks={"other": "10.0.0.1"}))
    there.stack = stack_of({"web": {"networks": {"data": None}}}, networks={"data": {"name": "shop_data"}})
    assert services.names(there).text == "web is not in the network shop_data"


@pytest.mark.parametrize(("seconds", "status"), [(0, "ok"), (4, "ok"), (60, "failed"), (-60, "failed")])
def test_clocks_that_differ(tmp_path: Path, seconds: int, status: str) -> None:
    date = (START + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    web = FakeWeb({"9090/-/ready": Answer(200, b"", {"date": date})})
    assert services.clock(site(tmp_path, PROM, web=web)).status == status


# ---------------------------------------------------------------------------------------------------- metrics


def test_without_prometheus_nothing_is_asked(tmp_path: Path) -> None:
    web = FakeWeb()
    for check in (prometheus.answers, prometheus.stores, prometheus.targets, prometheus.fresh, prometheus.rules):
        assert check(site(tmp_path, CORE, web=web)).status == "skipped"
    far = replace(PROM, ports=(), networks={})
    assert prometheus.answers(site(tmp_path, far)).text == prometheus.UNREACHED
    assert web.asked == []


def target(job: str, health: str, error: str = "") -> dict[str, object]:
    return {"labels": {"job": job}, "health": health, "lastError": error, "scrapeUrl": f"http://{job}:1/metrics"}


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
    web.json("9090/api/v1/targets", {"data": {"activeTargets": targets}})
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
        targets = [{**target("prometheus", state, "refused"), "lastScrape": scraped}]
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
    exporter = service("redis-exporter", image="oliver006/redis_exporter:v1")
    found = prometheus.exporters(site(tmp_path, PROM, exporter, web=web))
    assert (found.status == "failed") == bool(words)
    assert words in found.text


def test_old_samples_are_told_with_their_age(tmp_path: Path) -> None:
    web = FakeWeb()
    web.query({"time() - timestamp(up)": [row(300, job="core"), row(2, job="prometheus")], "up": [row(1)]})
    assert prometheus.fresh(site(tmp_path, PROM, web=web)).text == "the last figures of core are 300 s old"


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


# ---------------------------------------------------------------------------------------------------- grafana


def test_grafana_with_another_password(tmp_path: Path) -> None:
    web = FakeWeb()
    web.json("3000/api/org", {"message": "invalid"}, 401)
    given = replace(GRAFANA, environment={"GF_SECURITY_ADMIN_PASSWORD": "hunter2"})
    found = grafana.lets_in(site(tmp_path, given, web=web))
    assert found.status == "failed"
    assert "another password" in found.text
    assert web.asked[0].headers["authorization"].startswith("Basic ")
    assert "hunter2" not in repr(given)


def test_a_data_source_that_does_not_answer_is_named_with_its_address(tmp_path: Path) -> None:
    web = FakeWeb()
    web.json("3000/api/datasources", [{"name": "P", "uid": "p", "type": "prometheus", "url": "http://nowhere:1"}])
    web.json("3000/api/datasources/uid/p/health", {"message": "no such host"}, 400)
    found = grafana.sources(site(tmp_path, GRAFANA, PROM, web=web))
    assert found.text == "data source P (http://nowhere:1) does not answer Grafana: HTTP 400: no such host"


def board_page(web: FakeWeb, expr: str, description: str = "") -> None:
    source = {"type": "prometheus", "uid": "p"}
    panel = {"title": "Keys", "description": description, "targets": [{"expr": expr, "datasource": source}]}
    web.json("3000/api/search", [{"uid": "u", "title": "Redis"}])
    web.json("3000/api/dashboards/uid/u", {"dashboard": {"uid": "u", "title": "Redis", "panels": [panel]}})


@pytest.mark.parametrize(
    ("result", "description", "status", "words"),
    [
        ({"frames": [{"data": {"values": [[1], [2]]}}]}, "", "ok", "1 queries of 1 dashboards give data"),
        ({"frames": []}, "", "failed", "Redis · Keys: no data for keys"),
        ({"frames": []}, "Empty while there are none.", "ok", "1 expected empty"),
        ({"error": "1:5: parse error"}, "Empty while there are none.", "failed", "Redis · Keys: 1:5: parse error"),
    ],
)
def test_panels(tmp_path: Path, result: dict[str, object], description: str, status: str, words: str) -> None:
    web = FakeWeb()
    board_page(web, "keys", description)
    web.json("3000/api/ds/query", {"results": {"Q0": result}}, 400 if "error" in result else 200)
    there = site(tmp_path, GRAFANA, web=web)
    found = grafana.panels(there)
    assert found.status == status
    assert words in found.text
    assert there.world.clock.monotonic() <= SECONDS


def test_a_panel_with_a_variable_of_its_page_is_left_to_the_page(tmp_path: Path) -> None:
    web = FakeWeb()
    board_page(web, 'up{job="$job"}')
    assert grafana.panels(site(tmp_path, GRAFANA, web=web)).status == "skipped"


# ----------------------------------------------------------------------------------------------------- data and traces


def test_an_app_that_refuses_is_told_in_its_own_words(tmp_path: Path) -> None:
    web = FakeWeb({"8080/items": Answer(503, b'{"error": "away"}')})
    found = data.requests(site(tmp_path, CORE, web=web))
    assert found.text == 'the app does not do its work: POST /items: 503 {"error": "away"}'
    assert data.requests(site(tmp_path, PROM)).status == "skipped"


def test_an_item_that_was_made_is_removed_whatever_comes_after(tmp_path: Path) -> None:
    """Else each run against an ailing app would leave one behind."""
    deleted: list[str] = []

    def answer(request: HttpRequest) -> Answer:
        if request.method == "POST":
            return Answer(201, json.dumps({"id": "1" * 24}).encode())
        if request.method == "DELETE":
            deleted.append(request.url)
            return Answer(204, b"")
        if deleted:
            return Answer(404, b"")
        raise ConnectionResetError("reset")

    there = site(tmp_path, CORE, web=FakeWeb({"8080/items": answer}))
    assert "reset" in data.requests(there).text
    assert data.removed(there).status == "ok"
    assert deleted == [f"http://127.0.0.1:8080/items/{'1' * 24}"]


JAEGER = service("jaeger", image="jaegertracing/jaeger:2")


@pytest.mark.parametrize(
    ("response", "words"),
    [
        ("", "the app makes no traces"),
        ("00-{trace}-1111111111111111-00", "sampler drops"),
        ("00-{other}-1111111111111111-01", "begins a new trace"),
        ("00-{trace}-1111111111111111-01", ""),
        ("00-{trace}-1111111111111111-03", ""),
    ],
)
def test_what_the_app_does_with_a_trace(tmp_path: Path, response: str, words: str) -> None:
    web = FakeWeb()

    def answer(request: HttpRequest) -> Answer:
        trace = request.headers.get("traceparent", "--").split("-")[1]
        told = response.format(trace=trace, other=TRACE)
        return Answer(201, json.dumps({"id": "1" * 24}).encode(), {"traceresponse": told} if told else {})

    web.pages["8080/items"] = answer
    found = traces.sampled(site(tmp_path, CORE, JAEGER, web=web))
    assert (found.status == "failed") == bool(words)
    assert words in found.text


def test_a_ratio_of_nothing_keeps_no_trace_of_the_apps_own(tmp_path: Path) -> None:
    web = FakeWeb()
    web.pages["8080/items"] = lambda request: Answer(
        201, b'{"id": "1"}', {"traceresponse": f"00-{request.headers.get('traceparent', '--').split('-')[1]}-1-01"}
    )
    off = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"}
    assert "ratio is 0" in traces.sampled(site(tmp_path, replace(CORE, environment=off), JAEGER, web=web)).text


# --------------------------------------------------------------------------------------------------- upkeep and alerts


def test_ages_without_a_limit_are_nobodys_business(tmp_path: Path) -> None:
    for check in (upkeep.backup, upkeep.secrets, upkeep.certificates):
        assert check(site(tmp_path, CORE)).status == "skipped"


def test_a_stack_that_wants_backups_and_has_none(tmp_path: Path) -> None:
    there = site(tmp_path, CORE)
    there.stack = stack_of({"core": {}}, **{"x-stackctl": {"backup": {"max_age": "7d"}}})
    assert upkeep.backup(there).hint == "stackctl backup"


def test_alerts_are_sorted_by_what_matters_and_say_where_to_look(tmp_path: Path) -> None:
    web = FakeWeb()
    rows = [
        {
            "labels": {"alertname": "B", "severity": "warning"},
            "state": "firing",
            "annotations": {"dashboard": "d", "panel": "3"},
        },
        {"labels": {"alertname": "A", "severity": "critical"}, "state": "pending"},
        {"labels": {"alertname": "C", "severity": "critical"}, "state": "firing"},
    ]
    web.json("9090/api/v1/alerts", {"data": {"alerts": rows}})
    found = alerts(site(tmp_path, PROM, GRAFANA, web=web))
    assert [item.name for item in found] == ["C", "B", "A"]
    assert [item.url for item in found] == ["", "http://127.0.0.1:3000/d/d?viewPanel=3", ""]
