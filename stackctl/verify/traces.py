"""Traces: Jaeger takes a span and gives it back; the app keeps a trace, sends it, links its spans, logs its id."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stackctl.engine.net import HttpRequest
from stackctl.stack.durations import seconds_of
from stackctl.verify.check import failed, ok, skipped
from stackctl.verify.data import NO_APP
from stackctl.verify.logs import lines_around
from stackctl.verify.story import REQUESTS, story

if TYPE_CHECKING:
    from stackctl.verify.check import Found
    from stackctl.verify.site import Site

QUERY, OTLP = 16686, 4318
ABSENT = "there is no Jaeger here"
WANTED = {"mongodb", "redis"}
# How long a span may take to be stored, and a line to be in the log, when all is well.
STORE_SECONDS = LINE_SECONDS = 8.0
SDK_DELAY_MS = 5000.0  # OpenTelemetry's own OTEL_BSP_SCHEDULE_DELAY


def query_base(site: Site) -> str:
    """Give the address of Jaeger's query API; empty where there is none."""
    item = site.kind("jaeger")
    return site.base(item, QUERY) if item else ""


def spans_of(site: Site, trace: str) -> list[dict[str, Any]]:
    """Give the spans that Jaeger has of a trace, none where it has no such trace. Raises OSError."""
    answer = site.ask(HttpRequest(f"{query_base(site)}/api/traces/{trace}", most=4 << 20))
    if answer.status == 404:
        return []
    if answer.status != 200:
        raise ConnectionError(f"Jaeger answers {answer.status}")
    return [span for found in json.loads(answer.body).get("data") or () for span in found.get("spans") or ()]


def storing(site: Site) -> Found:
    """A span of ours goes in by OTLP and comes back by its id: Jaeger itself, without the app."""
    item = site.kind("jaeger")
    if item is None:
        return skipped(ABSENT)
    base = site.base(item, OTLP)
    if not base or not query_base(site):
        return skipped("this machine does not reach Jaeger: publish its ports 16686 and 4318")
    trace, now = site.world.entropy.take(16).hex(), int(site.world.clock.now().timestamp() * 1e9)
    span = {
        "traceId": trace,
        "spanId": site.world.entropy.take(8).hex(),
        "name": "verify",
        "kind": 1,
        "startTimeUnixNano": str(now),
        "endTimeUnixNano": str(now + 1_000_000),
    }
    name = {"key": "service.name", "value": {"stringValue": "stackctl-verify"}}
    sent = {"resourceSpans": [{"resource": {"attributes": [name]}, "scopeSpans": [{"spans": [span]}]}]}
    answer = site.ask(
        HttpRequest(f"{base}/v1/traces", "POST", {"content-type": "application/json"}, json.dumps(sent).encode())
    )
    if answer.status != 200:
        return failed(f"Jaeger takes no spans: HTTP {answer.status}", "see: stackctl logs jaeger")
    if not site.until(lambda: spans_of(site, trace), STORE_SECONDS):
        return failed("Jaeger took a span and does not give it back", "see: stackctl logs jaeger; is its disk full?")
    return ok("Jaeger takes a span and gives it back")


def sampled(site: Site) -> Found:
    """The app goes on with the trace that a request brings, and keeps it."""
    told = story(site)
    if told is None or site.kind("jaeger") is None:
        return skipped(NO_APP if told is None else ABSENT)
    response = told.told.get("traceresponse", "")
    # With its SDK off the app makes no span, and answers with that of its caller.
    if not response or response.split("-")[2] == told.parent:
        hint = "set OTEL_SDK_DISABLED=false and OTEL_EXPORTER_OTLP_ENDPOINT, then: stackctl up"
        return failed("the app makes no traces", hint)
    if response.split("-")[1] != told.trace:
        return failed("the app begins a new trace where a request brings one", "does it read the header traceparent?")
    if not told.kept:
        hint = "look at OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG of the app"
        return failed("the app's sampler drops even a trace that is asked for", hint)
    ratio = _ratio(site)
    if ratio == 0:
        hint = "set OTEL_TRACES_SAMPLER_ARG above 0 for the app"
        return failed("the app's sampler keeps none of its own traces: its ratio is 0", hint)
    return ok("the app keeps the trace of a request")


def exported(site: Site) -> Found:
    """The spans of the story come back from Jaeger: HTTP, MongoDB, Redis."""
    told = story(site)
    if told is None or not query_base(site):
        return skipped(NO_APP if told is None else ABSENT)

    found = arrived(site, told.trace)
    if _complete(found):
        return ok("its spans are in Jaeger: HTTP, MongoDB, Redis")
    if found:
        lacks = sorted(WANTED - _systems(found)) or ["HTTP"]
        return failed(f"Jaeger has the trace without its {' and '.join(lacks)} spans", "see: stackctl logs core")
    hint = "look at OTEL_EXPORTER_OTLP_ENDPOINT of the app; http://jaeger:4318 is Jaeger's own"
    return failed("the spans of the app do not arrive in Jaeger", hint)


def linked(site: Site) -> Found:
    """Each span hangs where it belongs: requests below the caller, calls below their request."""
    told = story(site)
    if told is None or not query_base(site):
        return skipped(NO_APP if told is None else ABSENT)
    found = arrived(site, told.trace)
    ids = {span["spanID"] for span in found}
    servers = {span["spanID"] for span in _servers(found)}
    problems = []
    for span in found:
        parents = {link["spanID"] for link in span.get("references") or () if link.get("refType") == "CHILD_OF"}
        if span["spanID"] in servers and told.parent not in parents:
            problems.append(f"{span['operationName']} does not hang below its caller")
        elif span["spanID"] not in servers and not parents & ids:
            problems.append(f"{span['operationName']} hangs below nothing")
    if problems or not found:
        return failed(problems or ["there are no spans"], "does the app pass the context on to its calls?")
    return ok(f"{len(found)} spans hang where they belong")


def logged(site: Site) -> Found:
    """The trace's id is in the app's log lines."""
    told = story(site)
    if told is None or site.app is None or not told.told.get("traceresponse"):
        return skipped(NO_APP if told is None else "the app makes no traces")
    app = site.app
    if site.until(lambda: any(told.trace in line for line in lines_around(site, app, told.at)), LINE_SECONDS):
        return ok("the same id is in the app's log lines")
    return failed(
        "the trace's id is in no log line of the app", "does its log level hide requests? Set CORE_LOG_LEVEL=info"
    )


def arrived(site: Site, trace: str) -> list[dict[str, Any]]:
    """Give the spans of the story once they are complete; what there is when the time is over. Raises OSError."""

    def complete() -> list[dict[str, Any]] | None:
        found = spans_of(site, trace)
        return found if _complete(found) else None

    told = site.app.environment if site.app else {}
    delay = seconds_of(f"{told.get('OTEL_BSP_SCHEDULE_DELAY', SDK_DELAY_MS)}ms", SDK_DELAY_MS / 1000)
    return site.once("spans", lambda: site.until(complete, delay + STORE_SECONDS) or spans_of(site, trace))


def _complete(spans: list[dict[str, Any]]) -> bool:
    # Several requests were made: a batch may bring the first ones alone.
    return _systems(spans) >= WANTED and len(_servers(spans)) >= REQUESTS


def _systems(spans: list[dict[str, Any]]) -> set[str]:
    return {str(_tags(span).get("db.system.name") or _tags(span).get("db.system") or "") for span in spans}


def _servers(spans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [span for span in spans if _tags(span).get("span.kind") == "server"]


def _tags(span: dict[str, Any]) -> dict[str, Any]:
    return {tag["key"]: tag["value"] for tag in span.get("tags") or ()}


def _ratio(site: Site) -> float:
    """Give the share of its own traces that the app keeps, as its environment says."""
    told = site.app.environment if site.app else {}
    if "ratio" not in told.get("OTEL_TRACES_SAMPLER", ""):
        return 1.0
    try:
        return float(told.get("OTEL_TRACES_SAMPLER_ARG") or 1)
    except ValueError:
        return 1.0
