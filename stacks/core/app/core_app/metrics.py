"""Metrics: what Prometheus reads from /metrics. Labels come from small fixed sets, never from what a client sends."""

from opentelemetry.trace import format_trace_id, get_current_span
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


def exemplar() -> dict[str, str] | None:
    """The trace that a measurement belongs to, where that trace is kept: a link from a slow bucket to one request."""
    span = get_current_span().get_span_context()
    return {"trace_id": format_trace_id(span.trace_id)} if span.is_valid and span.trace_flags.sampled else None


class Metrics:
    """A registry of its own, so that two apps in one process (tests do that) count apart."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self.requests = Counter(
            "http_requests", "Requests answered.", ["method", "route", "status"], registry=self._registry
        )
        self.request_seconds = Histogram(
            "http_request_duration_seconds",
            "Time to answer a request.",
            ["method", "route"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self.in_flight = Gauge("http_requests_in_flight", "Requests being answered now.", registry=self._registry)
        self.cache_reads = Counter(
            "cache_reads",
            "Reads through the cache: hit, miss, or bypass (cache away).",
            ["result"],
            registry=self._registry,
        )
        for result in ("hit", "miss", "bypass"):
            self.cache_reads.labels(result)  # a series that starts at 0 can be divided by from the first scrape
        self.call_seconds = Histogram(
            "store_call_duration_seconds",
            "Time of a call to a backing service.",
            ["system", "operation"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self.call_errors = Counter(
            "store_call_errors", "Failed calls to a backing service.", ["system", "operation"], registry=self._registry
        )

    def render(self, accept: str = "") -> tuple[bytes, str]:
        """Given what a reader accepts, the page and its type; only the OpenMetrics form carries exemplars."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    def value(self, name: str, **labels: str) -> float:
        """The current value of one sample, 0 where none was seen; for tests and for a debugger."""
        return self._registry.get_sample_value(name, labels) or 0.0
