"""Tracing: spans to an OTLP collector over HTTP, set by the standard OTEL_* variables, harmless where none listens."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import NoOpTracerProvider, Tracer

NAME = "core_app"
EXPORT_SECONDS = 2
ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


@dataclass(frozen=True, slots=True)
class Tracing:
    """A tracer, and what sends the last spans when the app stops."""

    tracer: Tracer
    stop: Callable[[], None]


def start(environ: Mapping[str, str]) -> Tracing:
    """The SDK reads service name, resource, sampler, endpoint and batch delay from the environment by itself."""
    disabled = environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    # The SDK would send to its own container then, where no collector ever listens.
    nowhere = not any(environ.get(name, "").strip() for name in ENDPOINTS)
    if disabled or nowhere:
        return Tracing(NoOpTracerProvider().get_tracer(NAME), lambda: None)
    provider = TracerProvider()
    # The default timeout of 10 s is all that Docker grants a container to stop: with no collector the last
    # export would use it up and the app would be killed.
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=EXPORT_SECONDS)))
    return Tracing(provider.get_tracer(NAME), provider.shutdown)
