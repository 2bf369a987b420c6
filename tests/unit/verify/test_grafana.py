"""Grafana and its panels on made-up answers."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest

from stackctl.engine.net import Answer, HttpRequest
from stackctl.engine.values import Mounted
from stackctl.verify import grafana, panels
from stackctl.verify.run import run_checks
from stackctl.verify.site import SECONDS
from stackctl.verify.table import CHECKS
from tests.unit.fakes import START
from tests.unit.verify.made import GRAFANA, PROM, FakeWeb, row, site, target

KEEPER = replace(GRAFANA, environment={"GF_SECURITY_ADMIN_PASSWORD": "hunter2"})


def test_another_password_is_tried_once_for_all_checks(tmp_path: Path) -> None:
    """Five wrong ones, and Grafana lets nobody in for five minutes."""
    web = FakeWeb()
    web.json("3000/api/org", {"message": "invalid"}, 401)
    web.json("3000/api/health", {"database": "ok"})
    checks = [check for check in CHECKS if check.id.startswith("grafana")]
    outcomes = {item.check.id: item for item in run_checks(checks, site(tmp_path, KEEPER, web=web))}
    assert "another password" in outcomes["grafana.login"].found.text
    assert outcomes["grafana.panels"].because == outcomes["grafana.sources"].because == "grafana.login"
    tried = [request for request in web.asked if "authorization" in request.headers]
    assert len(tried) == 1
    assert "hunter2" not in repr(KEEPER)


@pytest.mark.parametrize(("opens", "status"), [("", "ok"), ("admin:admin", "ok"), ("admin:other", "skipped")])
def test_where_no_password_is_given_everybody_may_look_or_it_is_the_first_one(
    tmp_path: Path, opens: str, status: str
) -> None:
    def answer(request: HttpRequest) -> Answer:
        given = request.headers.get("authorization", "").removeprefix("Basic ")
        return Answer(200 if base64.b64decode(given).decode() == opens else 401, b"{}")

    web = FakeWeb({"3000/api/org": answer})
    assert grafana.lets_in(site(tmp_path, GRAFANA, web=web)).status == status
    if status == "skipped":
        assert panels.panels(site(tmp_path, GRAFANA, web=web)).status == "skipped"


def test_a_data_source_that_does_not_answer_is_named_with_its_address(tmp_path: Path) -> None:
    web = FakeWeb()
    web.let_in()
    web.json("3000/api/datasources", [{"name": "P", "uid": "p", "type": "prometheus", "url": "http://nowhere:1"}])
    web.json("3000/api/datasources/uid/p/health", {"message": "no such host"}, 400)
    found = grafana.sources(site(tmp_path, KEEPER, PROM, web=web))
    assert found.text == "data source P (http://nowhere:1) does not answer Grafana: HTTP 400: no such host"


def test_a_dashboard_file_that_does_not_parse_is_named_with_its_place(tmp_path: Path) -> None:
    folder = tmp_path / "boards"
    folder.mkdir()
    (folder / "bad.json").write_text('{\n  "panels": [\n}')
    (folder / "other.json").write_text("[]")
    keeper = replace(KEEPER, mounts=(Mounted("bind", str(folder), "/etc/grafana/dashboards", writable=False),))
    web = FakeWeb()
    web.let_in()
    web.json("3000/api/search", [])
    found = grafana.dashboards(site(tmp_path, keeper, web=web))
    assert found.text == f"a dashboard does not parse: {folder}/bad.json:3:1: Expecting value"
    (folder / "bad.json").write_text('{"uid": "b", "title": "Board", "panels": []}')
    found = grafana.dashboards(site(tmp_path, keeper, web=web))
    assert found.text == f"Grafana has not loaded Board ({folder}/bad.json)"


def board_page(web: FakeWeb, expr: str, description: str = "") -> None:
    source = {"type": "prometheus", "uid": "p"}
    panel = {"title": "Keys", "description": description, "targets": [{"expr": expr, "datasource": source}]}
    web.let_in()
    web.json("3000/api/search", [{"uid": "u", "title": "Redis"}])
    web.json("3000/api/dashboards/uid/u", {"dashboard": {"uid": "u", "title": "Redis", "panels": [panel]}})


@pytest.mark.parametrize(
    ("result", "description", "status", "words"),
    [
        ({"frames": [{"data": {"values": [[1], [2]]}}]}, "", "ok", "1 queries of 1 dashboards give data"),
        ({"frames": []}, "", "failed", "Redis · Keys: no data for keys"),
        ({"frames": []}, "Empty while there are none.", "ok", "1 are empty as expected"),
        (
            {"error": "bad_data: 1:5: parse error: unclosed"},
            "Empty while there are none.",
            "failed",
            "Redis · Keys: line 1, column 5: unclosed in keys",
        ),
    ],
)
def test_panels(tmp_path: Path, result: dict[str, object], description: str, status: str, words: str) -> None:
    web = FakeWeb()
    board_page(web, "keys", description)
    web.json("3000/api/ds/query", {"results": {"Q0": result}}, 400 if "error" in result else 200)
    there = site(tmp_path, KEEPER, web=web)
    found = panels.panels(there)
    assert found.status == status
    assert words in found.text
    assert there.world.clock.monotonic() <= SECONDS


def no_data(web: FakeWeb, expr: str, known: Callable[[str], bool]) -> None:
    """A panel without data, and a Prometheus that has what `known` says of an expression."""
    board_page(web, expr)
    web.json("3000/api/ds/query", {"results": {"Q0": {"frames": []}}})
    web.targets(target("core", "up"))

    def answer(request: HttpRequest) -> Answer:
        asked = unquote(request.url.partition("query=")[2])
        return Answer(200, json.dumps({"data": {"result": [row(1)] if known(asked) else []}}).encode())

    web.pages["9090/api/v1/query?"] = answer


class TestAPanelWithoutData:
    EXPR = "rate(calls_total[$__rate_interval])"

    def test_whose_series_is_a_minute_old_will_have_none(self, tmp_path: Path) -> None:
        web = FakeWeb()
        no_data(web, self.EXPR, lambda _asked: True)
        there = site(tmp_path, KEEPER, PROM, web=web)
        assert panels.panels(there).status == "failed"
        assert there.world.clock.monotonic() == 0, "nothing to wait for"

    def test_whose_series_began_just_now_may_have_some_soon(self, tmp_path: Path) -> None:
        web = FakeWeb()
        no_data(web, self.EXPR, lambda asked: "offset" not in asked)
        found = panels.panels(site(tmp_path, KEEPER, PROM, web=web))
        assert (found.status, "1 still wait" in found.text) == ("skipped", True)

    def test_whose_series_is_not_there_after_every_target_was_read_will_have_none(self, tmp_path: Path) -> None:
        web = FakeWeb()
        no_data(web, self.EXPR, lambda _asked: False)
        found = panels.panels(site(tmp_path, KEEPER, PROM, web=web))
        assert found.text == f"Redis · Keys: no data for {self.EXPR}: Prometheus has no calls_total"

    def test_of_a_stack_that_has_just_started_is_not_judged(self, tmp_path: Path) -> None:
        web = FakeWeb()
        no_data(web, self.EXPR, lambda _asked: False)
        young = replace(PROM, started=START - timedelta(seconds=9))
        assert panels.panels(site(tmp_path, KEEPER, young, web=web)).status == "skipped"


def test_a_panel_with_a_variable_of_its_page_is_left_to_the_page(tmp_path: Path) -> None:
    web = FakeWeb()
    board_page(web, 'up{job="$job"}')
    assert panels.panels(site(tmp_path, KEEPER, web=web)).status == "skipped"
