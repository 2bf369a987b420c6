"""Panels: every query of every dashboard, asked through Grafana, gives data, or its panel says when it has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stackctl.verify.boards import board, open_variables
from stackctl.verify.check import failed, ok, skipped
from stackctl.verify.grafana import loaded
from stackctl.verify.grafana_api import asked_through, base, login, needs_login
from stackctl.verify.prometheus_api import base as prometheus
from stackctl.verify.prometheus_api import positioned
from stackctl.verify.prometheus_api import query as asked_of_prometheus
from stackctl.verify.promql import selectors
from stackctl.verify.scrapes import FOR_FIGURES, scraped
from stackctl.verify.story import story
from stackctl.verify.traces import arrived

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackctl.verify.boards import Query
    from stackctl.verify.check import Found
    from stackctl.verify.site import Site

# Some figures are there a while after their service: a rule is first evaluated after 15 s, a rate needs two readings.
YOUNG_SECONDS = 60.0
HINT = "correct the query, or say in the panel's description when it is empty: “Empty while …”"
Asked = tuple[str, "Query"]


@needs_login
def panels(site: Site) -> Found:
    """Each panel's query, asked through Grafana, gives data, or the panel says when it is empty."""
    asked = [item for item in _prometheus_queries(site) if not open_variables(item[1].expr)]
    if not asked:
        return skipped("there is no panel that asks Prometheus")
    # What this run asks of the app may be the first that anybody ever did: it needs to be told, and read.
    told = story(site)
    if told is not None and site.kind("jaeger"):
        arrived(site, told.trace)
    enough = scraped(site, FOR_FIGURES) if prometheus(site) else lambda: True
    left: Sequence[Asked] = asked
    lacks: list[_Lack] = []
    wrong: list[str] = []

    def settled() -> bool:
        nonlocal left, lacks, wrong
        read = enough()  # before the queries: what they show is then at least as new
        before = wrong
        left, wrong = _without_data(site, left)
        lacks = [_lack(site, item, read) for item in left if not item[1].empty]
        # An error twice: what is behind the data source may be starting again.
        return wrong == before if wrong else all(item.sure for item in lacks)

    site.until(settled)
    if wrong:
        return failed(wrong, HINT)
    said = f"{len(asked) - len(left)} queries of {len({title for title, _query in asked})} dashboards give data"
    sure = [item.text for item in lacks if item.sure]
    if lacks and (not sure or _age(site) < YOUNG_SECONDS):
        return skipped(f"{said}, {len(lacks)} still wait for figures: run it again in a minute")
    if sure:
        return failed(sure, HINT)
    return ok(said + (f", {len(left)} are empty as expected" if left else ""))


@dataclass(frozen=True)
class _Lack:
    """A query without data; `sure` that it will not have any."""

    text: str
    sure: bool


def _lack(site: Site, item: Asked, read: bool) -> _Lack:
    """Judge a query without data by the series that it names; `read` says that every target was read again meanwhile.

    A series of the last minute may become a rate yet, one that is not there may come with the next reading.
    """
    title, query = item
    text = f"{title} · {query.panel}: no data for {query.expr}"
    if not prometheus(site):
        return _Lack(text, True)
    ages = {name: _series(site, name) for name in selectors(query.expr)}
    absent = [name for name, age in ages.items() if age == "absent"]
    if "young" in ages.values():
        return _Lack(text, False)
    return _Lack(f"{text}: Prometheus has no {absent[0]}" if absent else text, read or not absent)


def _series(site: Site, selector: str) -> str:
    try:
        if not asked_of_prometheus(site, f"count({selector})"):
            return "absent"
        return "old" if asked_of_prometheus(site, f"count({selector} offset 1m)") else "young"
    except ConnectionError:  # a form that we read wrongly
        return "old"


def _age(site: Site) -> float:
    """Give the seconds since the last start of a service that has figures: Grafana itself only shows them."""
    now = site.world.clock.now()
    starts = [item.started for item in site.containers if item.started and item is not site.kind("grafana")]
    return min(((now - start).total_seconds() for start in starts), default=YOUNG_SECONDS)


def _prometheus_queries(site: Site) -> list[Asked]:
    found = []
    for uid in loaded(site):
        model = site.json(f"{base(site)}/api/dashboards/uid/{uid}", login(site))["dashboard"]
        item = board(model)
        found += [(item.title, query) for query in item.queries if query.kind == "prometheus"]
    return found


def _without_data(site: Site, asked: Sequence[Asked]) -> tuple[list[Asked], list[str]]:
    """Give the queries without data, and the errors among them."""
    queries = [
        {
            "refId": f"Q{number}",
            "datasource": {"uid": query.source, "type": query.kind},
            "expr": query.expr,
            "range": True,
            "instant": False,
            "intervalMs": 5000,
            "maxDataPoints": 500,
        }
        for number, (_title, query) in enumerate(asked)
    ]
    results = asked_through(site, queries).get("results", {})
    empty, wrong = [], []
    for number, (title, query) in enumerate(asked):
        result = results.get(f"Q{number}") or {}
        if result.get("error"):
            wrong.append(f"{title} · {query.panel}: {positioned(str(result['error']))} in {query.expr}")
        if not any(_rows(frame) for frame in result.get("frames") or ()):
            empty.append((title, query))
    return empty, wrong


def _rows(frame: dict[str, Any]) -> bool:
    values = (frame.get("data") or {}).get("values") or []
    return len(values) > 1 and bool(values[1])
