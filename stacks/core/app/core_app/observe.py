"""Observe: a span, a measurement and a log line around every request."""

import logging
from time import perf_counter

from opentelemetry.propagate import extract
from opentelemetry.trace import (
    Span,
    SpanKind,
    StatusCode,
    Tracer,
    format_span_id,
    format_trace_id,
    get_current_span,
    use_span,
)
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core_app.metrics import Metrics, exemplar

log = logging.getLogger(__name__)

# Asked every few seconds by machines: measured, but without trace, and logged at debug only.
QUIET = frozenset({"/health", "/ready", "/metrics"})
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNMATCHED = "unmatched"


class Observe:
    """ASGI middleware. A crash below becomes a 500 here, so that its log line still carries the trace."""

    def __init__(self, app: ASGIApp, metrics: Metrics, tracer: Tracer) -> None:
        self._app = app
        self._metrics = metrics
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seen = _Seen(scope)
        if seen.route in QUIET:
            await self._measured(seen, scope, receive, send)
            return
        span = self._tracer.start_span(
            f"{seen.method} {seen.route}",
            context=extract(Headers(scope=scope)),
            kind=SpanKind.SERVER,
            attributes={
                "http.request.method": seen.method,
                "http.route": seen.route,
                "url.path": scope["path"],
            },
        )
        with use_span(span, end_on_exit=True):
            await self._measured(seen, scope, receive, send)
            _finish(span, seen.status)

    async def _measured(self, seen: "_Seen", scope: Scope, receive: Receive, send: Send) -> None:
        start = perf_counter()
        with self._metrics.in_flight.track_inprogress():
            try:
                await self._app(scope, receive, seen.watch(send))
            except Exception as error:
                get_current_span().record_exception(error)
                log.exception("request failed", extra=seen.fields())
                if not seen.started:
                    problem = {"error": {"code": "internal", "message": "The app failed; its log says why."}}
                    await JSONResponse(problem, 500)(scope, receive, seen.watch(send))
                seen.status = 500
        seconds = perf_counter() - start
        self._metrics.requests.labels(seen.method, seen.route, str(seen.status)).inc()
        self._metrics.request_seconds.labels(seen.method, seen.route).observe(seconds, exemplar())
        level = logging.DEBUG if seen.route in QUIET and seen.status < 400 else logging.INFO
        log.log(level, "request", extra=seen.fields() | {"duration_ms": round(seconds * 1000, 2)})


class _Seen:
    """What is known of one request, filled in as its answer passes."""

    def __init__(self, scope: Scope) -> None:
        self.method = scope["method"] if scope["method"] in METHODS else "OTHER"
        self.route = _template(scope)
        self.path = scope["path"]
        self.status = 500
        self.started = False

    def watch(self, send: Send) -> Send:
        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self.started = True
                span = get_current_span().get_span_context()
                if span.is_valid:
                    headers = MutableHeaders(scope=message)
                    headers["x-trace-id"] = format_trace_id(span.trace_id)
                    # W3C Trace Context, level 2: whose span it was, and whether it is kept (last field 01) or not (00).
                    ids = f"{format_trace_id(span.trace_id)}-{format_span_id(span.span_id)}"
                    headers["traceresponse"] = f"00-{ids}-{int(span.trace_flags):02x}"
            await send(message)

        return watched

    def fields(self) -> dict[str, object]:
        return {"method": self.method, "route": self.route, "path": self.path, "status": self.status}


def _template(scope: Scope) -> str:
    """The route as written (`/items/{id}`): a label made of real paths would grow with every item."""
    routes: list[BaseRoute] = scope["app"].routes
    for route in routes:
        match, _ = route.matches(scope)
        if match is not Match.NONE and isinstance(route, Route):
            return route.path
    return UNMATCHED


def _finish(span: Span, status: int) -> None:
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        span.set_status(StatusCode.ERROR)
