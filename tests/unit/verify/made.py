"""A site of made-up containers, and a web in memory: address → answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from stackctl.engine.address import EngineAddress
from stackctl.engine.net import Answer, HttpRequest
from stackctl.engine.values import Binding, Container
from stackctl.verify.site import Doors, Site
from tests.unit.fakes import FakeEngine, container, doors

Reply = Answer | OSError | Callable[[HttpRequest], Answer]
PORTS = {"prometheus": 9090, "grafana": 3000, "jaeger": 16686, "core": 8080}


@dataclass
class FakeWeb:
    """The longest known beginning of `port/path` answers; nothing known refuses, as a closed port does."""

    pages: dict[str, Reply] = field(default_factory=dict)
    asked: list[HttpRequest] = field(default_factory=list)

    def __call__(self, request: HttpRequest, timeout: float) -> Answer:
        self.asked.append(request)
        place = request.url.removeprefix("http://127.0.0.1:")
        found = max((name for name in self.pages if place.startswith(name)), key=len, default=None)
        reply = self.pages[found] if found is not None else ConnectionRefusedError("refused")
        if isinstance(reply, OSError):
            raise reply
        return reply(request) if callable(reply) else reply

    def json(self, place: str, said: Any, status: int = 200) -> None:
        self.pages[place] = Answer(status, json.dumps(said).encode())

    def let_in(self) -> None:
        """Grafana takes any login."""
        self.json("3000/api/org", {"id": 1})

    def targets(self, *targets: Mapping[str, object]) -> None:
        """Prometheus reads its targets again each time that it is asked for them."""
        scrapes = count(1)

        def answer(_request: HttpRequest) -> Answer:
            now = {"lastScrape": f"s{next(scrapes)}"}
            return Answer(200, json.dumps({"data": {"activeTargets": [{**now, **item} for item in targets]}}).encode())

        self.pages["9090/api/v1/targets"] = answer

    def query(self, said: Mapping[str, list[dict[str, Any]]]) -> None:
        """Answer instant queries: the first expression that the query holds decides."""
        from urllib.parse import unquote

        def answer(request: HttpRequest) -> Answer:
            expr = unquote(request.url.partition("query=")[2])
            rows = next((rows for name, rows in said.items() if expr.startswith(name)), [])
            return Answer(200, json.dumps({"data": {"result": rows}}).encode())

        self.pages["9090/api/v1/query?"] = answer


def service(name: str, *, image: str = "", labels: Mapping[str, str] | None = None, **more: Any) -> Container:
    ports = (Binding("127.0.0.1", PORTS[name], PORTS[name], "tcp"),) if name in PORTS else ()
    made = container(name, image=image or f"{name}:1")
    return replace(made, ports=ports, labels={**made.labels, **(labels or {})}, **more)


def site(tmp_path: Path, *containers: Container, web: FakeWeb | None = None) -> Site:
    engine = FakeEngine()
    engine.there = list(containers)
    world = doors(tmp_path, engine).world
    return Site(world, "shop", containers, None, Doors(web or FakeWeb(), EngineAddress("default", "")))


def target(job: str, health: str, error: str = "", **more: str) -> dict[str, object]:
    url = f"http://{job}:1/metrics"
    return {
        "labels": {"job": job},
        "health": health,
        "lastError": error,
        "scrapeUrl": url,
        "scrapeInterval": "5s",
        **more,
    }


def row(value: float, **labels: str) -> dict[str, Any]:
    return {"metric": labels, "value": [0, str(value)]}


PROM = service("prometheus", image="prom/prometheus:v3", labels={"stackctl.scrape": "prometheus"})
GRAFANA = service("grafana", image="grafana/grafana:13")
CORE = service("core", labels={"stackctl.verify": "items", "stackctl.scrape": "core"})
JAEGER = service("jaeger", image="jaegertracing/jaeger:2")
TRACE = "ab" * 16
