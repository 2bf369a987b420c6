"""Links: a dot on a graph opens a trace through Grafana, and the trace is found in the log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stackctl.engine.net import HttpRequest
from stackctl.verify import grafana_api as grafana
from stackctl.verify import prometheus_api as prometheus
from stackctl.verify.check import failed, ok, skipped
from stackctl.verify.logs import lines_around
from stackctl.verify.scrapes import FOR_FIGURES, NOT_READ, scraped
from stackctl.verify.story import Story, story
from stackctl.verify.traces import LINE_SECONDS, STORE_SECONDS

if TYPE_CHECKING:
    from stackctl.verify.check import Found
    from stackctl.verify.site import Site

WHAT = "http_request_duration_seconds_bucket"
# An exemplar of before this run may be of a container that is gone, and its log with it. Clocks may differ a little.
SLACK_SECONDS = 5.0
_HINT = "correct datasourceUid of exemplarTraceIdDestinations, then: stackctl up"


def exemplar(site: Site) -> Found:
    """Prometheus has an exemplar of the app, and the data source that the link names opens its trace."""
    told = story(site)
    if not prometheus.base(site) or told is None:
        return skipped("there is no app and Prometheus to link")
    if not site.kind("jaeger"):
        return skipped("there is no Jaeger here")
    dot = _dot(site, told)
    if dot is None:
        return skipped(NOT_READ)
    if not dot.trace:
        hint = "start Prometheus with --enable-feature=exemplar-storage; the app gives them in OpenMetrics alone"
        return failed("Prometheus has no exemplar of the app", hint)
    return _link(site, dot.trace) if grafana.base(site) else ok("an exemplar is in Prometheus")


def log(site: Site) -> Found:
    """The trace of an exemplar is found in the app's log by its id."""
    app, told = site.app, story(site)
    if not prometheus.base(site) or app is None or told is None:
        return skipped("there is no app and Prometheus to link")
    dot = _dot(site, told)
    if dot is None or not dot.trace:
        return skipped("there is no exemplar to look for")
    if site.until(lambda: any(dot.trace in line for line in lines_around(site, app, dot.at)), LINE_SECONDS):
        return ok("the trace of an exemplar is in the app's log")
    return failed(
        f"the trace {dot.trace} of an exemplar is in no log line", "does the app log its requests? CORE_LOG_LEVEL=info"
    )


def _link(site: Site, trace: str) -> Found:
    try:
        where = _destination(site)
    except grafana.NoLogin:
        return ok("an exemplar is in Prometheus; " + grafana.UNKNOWN)
    if not where:
        hint = "set exemplarTraceIdDestinations of the data source Prometheus, with name trace_id"
        return failed("Grafana's Prometheus data source has no link from an exemplar to a trace", hint)
    try:
        url = f"{grafana.base(site)}/api/datasources/proxy/uid/{where}/api/traces/{trace}"
        found = site.until(lambda: _opened(site, url), STORE_SECONDS)
    except OSError as error:
        return failed(
            f"the link of an exemplar leads to the data source {where}, which does not open it: {error}", _HINT
        )
    if not found:
        return failed(f"the trace {trace} of an exemplar is not there", _HINT)
    return ok("an exemplar opens its trace")


@dataclass(frozen=True)
class _Dot:
    """An exemplar: its trace, and when it was seen. Without a trace: every target was read, and there is none."""

    trace: str
    at: datetime


def _dot(site: Site, told: Story) -> _Dot | None:
    """Give the newest exemplar since the story was told; None where the app was not read again in the time given."""
    return site.once("exemplar", lambda: _waited(site, told))


def _waited(site: Site, told: Story) -> _Dot | None:
    enough = scraped(site, FOR_FIGURES)

    def look() -> _Dot | None:
        read = enough()
        return _newest(site, told) or (_Dot("", told.at) if read else None)

    return site.until(look)


def _newest(site: Site, told: Story) -> _Dot | None:
    since = told.at.timestamp() - SLACK_SECONDS
    # To the end of Prometheus' own time, which may differ from this machine's.
    url = f"{prometheus.base(site)}/api/v1/query_exemplars?query={WHAT}&start={since}&end={prometheus.now(site) + 5}"
    rows: list[dict[str, Any]] = [row for series in site.json(url)["data"] for row in series["exemplars"]]
    rows = [row for row in rows if row["labels"].get("trace_id")]
    if not rows:
        return None
    newest = max(rows, key=lambda row: float(row["timestamp"]))
    return _Dot(str(newest["labels"]["trace_id"]), datetime.fromtimestamp(float(newest["timestamp"]), UTC))


def _opened(site: Site, url: str) -> bool:
    """Say whether the trace is there. One that Jaeger has not stored yet is a 404, and so is a wrong data source."""
    answer = site.ask(HttpRequest(url, headers=grafana.login(site), most=4 << 20))
    said = json.loads(answer.body) if answer.body[:1] == b"{" else {}
    if answer.status >= 400 and "data" not in said:
        raise ConnectionError(f"HTTP {answer.status}: {said.get('message') or 'no such trace'}")
    return bool(said.get("data"))


def _destination(site: Site) -> str:
    """Give the uid of the data source that exemplars link to."""
    for source in site.json(f"{grafana.base(site)}/api/datasources", grafana.login(site)):
        if source.get("type") == "prometheus":
            for link in (source.get("jsonData") or {}).get("exemplarTraceIdDestinations") or ():
                if link.get("name") == "trace_id":
                    return str(link.get("datasourceUid") or "")
    return ""
