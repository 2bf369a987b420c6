from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Tracer
from starlette.testclient import TestClient

from core_app.main import Doors, build
from core_app.metrics import Metrics
from tests.unit.core_app.fakes import FakeCache, FakeStore


@dataclass(frozen=True)
class App:
    """The app behind a test client, with its doors at hand."""

    client: TestClient
    store: FakeStore
    cache: FakeCache
    metrics: Metrics
    tracer: Tracer
    spans: InMemorySpanExporter

    def create(self, **fields: object) -> dict[str, object]:
        answer = self.client.post("/items", json={"name": "bolt"} | fields)
        assert answer.status_code == 201, answer.text
        item: dict[str, object] = answer.json()
        return item


@pytest.fixture
def app() -> Iterator[App]:
    spans = InMemorySpanExporter()
    provider = TracerProvider(sampler=ALWAYS_ON)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    store, cache, metrics = FakeStore(), FakeCache(), Metrics()
    tracer = provider.get_tracer("test")
    doors = Doors(store, cache, metrics, tracer, deadline=0.2)
    with TestClient(build(doors)) as client:
        yield App(client, store, cache, metrics, tracer, spans)
    provider.shutdown()
