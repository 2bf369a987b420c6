import json
import logging

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, StatusCode, TraceFlags, use_span

from core_app.calls import Calls
from core_app.logs import JsonFormatter
from core_app.metrics import exemplar
from tests.unit.core_app.conftest import App

TRACE = "0af7651916cd43dd8448eb211c80319c"


def test_a_request_is_one_server_span_named_after_its_route(app: App) -> None:
    item_id = app.create()["id"]
    app.spans.clear()
    answer = app.client.get(f"/items/{item_id}")
    (span,) = app.spans.get_finished_spans()
    assert span.name == "GET /items/{id}"
    assert span.kind is SpanKind.SERVER
    assert span.attributes
    assert span.attributes["http.response.status_code"] == 200
    assert span.context
    assert answer.headers["x-trace-id"] == f"{span.context.trace_id:032x}"


def test_a_request_continues_the_trace_of_its_caller(app: App) -> None:
    answer = app.client.get("/items", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    assert answer.headers["x-trace-id"] == TRACE


def test_an_answer_says_whether_its_trace_is_kept(app: App) -> None:
    answer = app.client.get("/items", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    version, trace, span, flags = answer.headers["traceresponse"].split("-")
    assert (version, trace, len(span)) == ("00", TRACE, 16)
    assert int(flags, 16) & 1


def test_a_measurement_links_to_its_trace(app: App) -> None:
    app.client.get("/items", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    answer = app.client.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert f'trace_id="{TRACE}"' in answer.text
    assert TRACE not in app.client.get("/metrics").text, "the older form of the page has no place for it"


def test_a_trace_that_is_not_kept_is_linked_to_from_nowhere() -> None:
    assert exemplar() is None
    for flags, linked in ((0, None), (1, {"trace_id": TRACE})):
        context = SpanContext(int(TRACE, 16), 1, is_remote=False, trace_flags=TraceFlags(flags))
        with use_span(NonRecordingSpan(context)):
            assert exemplar() == linked


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics"])
def test_probes_make_no_trace(app: App, path: str) -> None:
    assert "x-trace-id" not in app.client.get(path).headers
    assert not app.spans.get_finished_spans()


def test_a_crash_is_a_500_with_a_log_line_in_its_trace(app: App, caplog: pytest.LogCaptureFixture) -> None:
    app.store.broken = RuntimeError("a bug")
    with caplog.at_level(logging.INFO):
        answer = app.client.get("/items")
    assert answer.status_code == 500
    assert "a bug" not in answer.text
    (span,) = app.spans.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert "a bug" in caplog.text
    assert app.metrics.value("http_requests_total", method="GET", route="/items", status="500") == 1


def test_requests_are_counted_by_route_and_never_by_path(app: App) -> None:
    for _ in range(3):
        app.client.get(f"/items/{app.create()['id']}")
    app.client.get("/nowhere/1")
    app.client.get("/nowhere/2")
    app.client.request("BREW", "/items")
    text = app.client.get("/metrics").text
    assert 'http_requests_total{method="GET",route="/items/{id}",status="200"} 3.0' in text
    assert 'http_requests_total{method="GET",route="unmatched",status="404"} 2.0' in text
    assert 'http_requests_total{method="OTHER",route="/items",status="405"} 1.0' in text
    assert "nowhere" not in text
    assert "http_requests_in_flight 1.0" in text
    assert "http_request_duration_seconds_bucket" in text


def test_a_log_line_is_json_with_its_trace(app: App) -> None:
    with TracerProvider().get_tracer("test").start_as_current_span("request") as span:
        record = logging.makeLogRecord({"name": "core_app", "levelname": "INFO", "msg": "item %s", "args": ("x",)})
        record.item = "x"
        line = json.loads(JsonFormatter().format(record))
    assert line["message"] == "item x"
    assert line["level"] == "info"
    assert line["time"].endswith("Z")
    assert line["item"] == "x"
    assert line["trace_id"] == f"{span.get_span_context().trace_id:032x}"
    assert set(line) == {"time", "level", "logger", "message", "item", "trace_id", "span_id"}


def test_a_call_is_measured_and_its_errors_counted(app: App) -> None:
    calls = Calls(app.metrics, app.tracer)
    with calls.call("redis", "GET", "item"):
        pass
    with pytest.raises(OSError, match="away"), calls.call("redis", "GET", "item"):
        raise OSError("away")
    assert app.metrics.value("store_call_duration_seconds_count", system="redis", operation="GET") == 2
    assert app.metrics.value("store_call_errors_total", system="redis", operation="GET") == 1


def test_a_call_is_a_span_below_a_request_and_none_below_a_probe(app: App) -> None:
    calls = Calls(app.metrics, app.tracer)
    with calls.call("mongodb", "ping", "items"):
        pass
    assert not app.spans.get_finished_spans()
    with app.tracer.start_as_current_span("request") as parent, calls.call("mongodb", "find", "items"):
        pass
    call, _ = app.spans.get_finished_spans()
    assert call.name == "find items"
    assert call.kind is SpanKind.CLIENT
    assert call.parent
    assert call.parent.span_id == parent.get_span_context().span_id
