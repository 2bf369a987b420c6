"""Calls: measures and traces every call to a backing service, in one place for all of them."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import perf_counter

from opentelemetry.trace import SpanKind, Tracer, get_current_span

from core_app.metrics import Metrics, exemplar


class Calls:
    def __init__(self, metrics: Metrics, tracer: Tracer) -> None:
        self._metrics = metrics
        self._tracer = tracer

    @contextmanager
    def call(self, system: str, operation: str, target: str) -> Iterator[None]:
        """One span and one measurement around a call; an error is counted, put on the span and passed on."""
        start = perf_counter()
        try:
            with self._span(system, operation, target):
                yield
        except Exception:
            self._metrics.call_errors.labels(system, operation).inc()
            raise
        finally:
            self._metrics.call_seconds.labels(system, operation).observe(perf_counter() - start, exemplar())

    def _span(self, system: str, operation: str, target: str) -> AbstractContextManager[object]:
        # Only below a request's span: the readiness probe pings every few seconds and would bury the real traces.
        if not get_current_span().get_span_context().is_valid:
            return nullcontext()
        attributes = {"db.system.name": system, "db.operation.name": operation, "db.collection.name": target}
        return self._tracer.start_as_current_span(f"{operation} {target}", kind=SpanKind.CLIENT, attributes=attributes)
