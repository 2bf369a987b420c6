"""From a dot on a graph to its trace, and from the trace to the log, on made-up answers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from stackctl.engine.net import Answer
from stackctl.engine.run import Outcome
from stackctl.verify import links
from stackctl.verify.site import Site
from tests.unit.fakes import START, FakeEngine
from tests.unit.verify.made import CORE, GRAFANA, JAEGER, PROM, TRACE, FakeWeb, site, target

KEEPER = replace(GRAFANA, environment={"GF_SECURITY_ADMIN_PASSWORD": "hunter2"})
PROXY = "3000/api/datasources/proxy/uid/jaeger/api/traces/"


def dot(seconds: float, trace: str = TRACE) -> dict[str, object]:
    return {"labels": {"trace_id": trace}, "timestamp": START.timestamp() + seconds}


def there(tmp_path: Path, *dots: dict[str, object], destination: str = "jaeger") -> tuple[Site, FakeWeb]:
    web = FakeWeb()
    web.let_in()
    web.targets(target("core", "up"))
    web.pages["8080/items"] = lambda _request: Answer(201, b'{"id": "1"}')
    web.json("9090/api/v1/query?query=time", {"data": {"result": [0, "0"]}})
    web.json("9090/api/v1/query_exemplars", {"data": [{"exemplars": list(dots)}]})
    link = {"name": "trace_id", "datasourceUid": destination}
    source = {"type": "prometheus", "jsonData": {"exemplarTraceIdDestinations": [link] if destination else []}}
    web.json("3000/api/datasources", [source])
    web.json(PROXY, {"data": [{"traceID": TRACE}]})
    return site(tmp_path, CORE, PROM, JAEGER, KEEPER, web=web), web


def test_a_dot_opens_its_trace(tmp_path: Path) -> None:
    where, web = there(tmp_path, dot(1, "cd" * 16), dot(2))
    assert links.exemplar(where).text == "an exemplar opens its trace"
    assert any(request.url.endswith(f"/api/traces/{TRACE}") for request in web.asked), "the newest"


def test_only_dots_of_this_run_count(tmp_path: Path) -> None:
    """One of before may be of a container whose log is gone."""
    where, web = there(tmp_path, dot(1))
    links.exemplar(where)
    (asked,) = [request.url for request in web.asked if "query_exemplars" in request.url][:1]
    assert f"start={START.timestamp() - links.SLACK_SECONDS}" in asked


def test_no_dot_after_every_target_was_read(tmp_path: Path) -> None:
    where, _web = there(tmp_path)
    assert links.exemplar(where).text == "Prometheus has no exemplar of the app"
    assert links.log(where).status == "skipped"


def test_no_dot_while_nothing_was_read_is_not_judged(tmp_path: Path) -> None:
    where, web = there(tmp_path)
    web.targets(target("core", "up", lastScrape="always the same"))
    assert links.exemplar(where).status == "skipped"


@pytest.mark.parametrize(
    ("destination", "words"), [("", "has no link"), ("nowhere", "leads to the data source nowhere")]
)
def test_a_link_that_leads_nowhere(tmp_path: Path, destination: str, words: str) -> None:
    where, web = there(tmp_path, dot(1), destination=destination)
    web.json("3000/api/datasources/proxy/uid/nowhere", {"message": "not found"}, 404)
    found = links.exemplar(where)
    assert (found.status, words in found.text) == ("failed", True)


def test_a_trace_that_jaeger_has_not_stored_yet_is_waited_for(tmp_path: Path) -> None:
    where, web = there(tmp_path, dot(1))
    answers = [Answer(404, b'{"data": null, "errors": [{"code": 404}]}'), Answer(200, b'{"data": [{}]}')]
    web.pages[PROXY] = lambda _request: answers.pop(0)
    assert links.exemplar(where).status == "ok"


@pytest.mark.parametrize(("line", "status"), [(f"request trace_id={TRACE}", "ok"), ("request", "failed")])
def test_the_log_has_the_trace_of_a_dot(tmp_path: Path, line: str, status: str) -> None:
    where, _web = there(tmp_path, dot(1))
    where.world = replace(where.world, engine=Logged(line))
    assert links.log(where).status == status


class Logged(FakeEngine):
    """An engine whose containers have all said one line."""

    def __init__(self, line: str) -> None:
        super().__init__()
        self.line = line

    def run(self, argv: Sequence[str], *, input_data: bytes | None = None, timeout: float | None = None) -> Outcome:
        return Outcome(0, self.line + "\n", "", 0.0)
