"""Links: a dot on a graph opens a trace through Grafana, and the trace is found in the log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stackctl.verify import grafana, prometheus
from stackctl.verify.check import failed, ok, skipped
from stackctl.verify.logs import lines_around
from stackctl.verify.story import story

if TYPE_CHECKING:
    from stackctl.verify.check import Found
    from stackctl.verify.site import Site

WHAT = "http_request_duration_seconds_bucket"
WINDOW = 900


def exemplar(site: Site) -> Found:
    """Prometheus has an exemplar of the app, and the data source that the link names opens its trace."""
    if not prometheus.base(site) or story(site) is None:
        return skipped("there is no app and Prometheus to link")
    if not site.kind("jaeger"):
        return skipped("there is no Jaeger here")
    after = ("data.request", "metrics.targets", "traces.sampled", "traces.spans")
    newest = site.until(lambda: _newest(site), unless=after)
    if not newest:
        hint = "start Prometheus with --enable-feature=exemplar-storage; the app gives them in OpenMetrics alone"
        return failed("Prometheus has no exemplar of the app", hint)
    trace, _at = newest
    if not grafana.base(site):
        return ok("an exemplar is in Prometheus")
    where = _destination(site)
    if not where:
        hint = "set exemplarTraceIdDestinations of the data source Prometheus, with name trace_id"
        return failed("Grafana's Prometheus data source has no link from an exemplar to a trace", hint)
    try:
        url = f"{grafana.base(site)}/api/datasources/proxy/uid/{where}/api/traces/{trace}"
        found = site.until(lambda: site.json(url, grafana.login(site)).get("data"), unless=after)
    except OSError as error:
        return failed(
            f"the link of an exemplar leads to the data source {where}, which does not open it: {error}", _HINT
        )
    return (
        ok("an exemplar opens its trace") if found else failed(f"the trace {trace} of an exemplar is not there", _HINT)
    )


def log(site: Site) -> Found:
    """The trace of an exemplar is found in the app's log by its id."""
    app = site.app
    if not prometheus.base(site) or app is None:
        return skipped("there is no app and Prometheus to link")
    told = story(site)
    newest = site.until(lambda: _newest(site), unless=("links.exemplar", "data.request", "traces.sampled"))
    if not newest or told is None:
        return skipped("there is no exemplar to look for")
    trace, at = newest
    if any(trace in line for line in lines_around(site, app, at)):
        return ok("the trace of an exemplar is in the app's log")
    return failed(
        f"the trace {trace} of an exemplar is in no log line", "does the app log its requests? CORE_LOG_LEVEL=info"
    )


_HINT = "correct datasourceUid of exemplarTraceIdDestinations, then: stackctl up"


def _newest(site: Site) -> tuple[str, datetime] | None:
    """Give the trace of the newest exemplar of the app, by Prometheus' own time, and its moment."""
    now = prometheus.now(site)
    url = f"{prometheus.base(site)}/api/v1/query_exemplars?query={WHAT}&start={now - WINDOW}&end={now + 5}"
    rows: list[dict[str, Any]] = [row for series in site.json(url)["data"] for row in series["exemplars"]]
    rows = [row for row in rows if row["labels"].get("trace_id")]
    if not rows:
        return None
    newest = max(rows, key=lambda row: float(row["timestamp"]))
    return str(newest["labels"]["trace_id"]), datetime.fromtimestamp(float(newest["timestamp"]), UTC)


def _destination(site: Site) -> str:
    """Give the uid of the data source that exemplars link to."""
    for source in site.json(f"{grafana.base(site)}/api/datasources", grafana.login(site)):
        if source.get("type") == "prometheus":
            for link in (source.get("jsonData") or {}).get("exemplarTraceIdDestinations") or ():
                if link.get("name") == "trace_id":
                    return str(link.get("datasourceUid") or "")
    return ""
