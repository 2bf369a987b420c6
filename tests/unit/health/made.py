"""Evidence in few words, for tests of rules: a stack of services whose texts were recorded from a real engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from stackctl.health.evidence import (
    ContainerFacts,
    Evidence,
    ImageFacts,
    Listener,
    LogLine,
    MountFacts,
    Place,
    PortFacts,
    ProbeRun,
    ServiceEvidence,
)

NOW = datetime(2026, 11, 21, 8, 41, 30, tzinfo=UTC)
OCI = "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: "
EXEC = f"{OCI}unable to start container process: "


def lines(*texts: str) -> tuple[LogLine, ...]:
    return tuple(LogLine(text, NOW - timedelta(seconds=9 - index), "err") for index, text in enumerate(texts))


def container(state: str = "exited", *log: str, **facts: Any) -> ContainerFacts:
    base = ContainerFacts(
        name="shop-app-1",
        state=state,
        exit_code=1 if state in ("exited", "restarting") else 0,
        created=NOW - timedelta(seconds=20),
        started=None if state == "created" else NOW - timedelta(seconds=12),
        finished=NOW - timedelta(seconds=3) if state == "exited" else None,
        logs=lines(*log),
    )
    return replace(base, **facts)


def service(name: str = "app", *containers: ContainerFacts, **facts: Any) -> ServiceEvidence:
    base = ServiceEvidence(
        name=name,
        image="acme/app:1",
        image_facts=ImageFacts("amd64"),
        networks=("default",),
        containers=containers,
        places={
            "": Place("/w/compose.yaml", 3),
            "command": Place("/w/compose.yaml", 5),
            "healthcheck": Place("/w/compose.yaml", 6),
        },
    )
    return replace(base, **facts)


def stack(*services: ServiceEvidence, **facts: Any) -> Evidence:
    base = Evidence(
        project="shop", taken=NOW, services={item.name: item for item in services}, engine_architecture="amd64"
    )
    return replace(base, **facts)


def ended(*log: str, code: int = 1, **facts: Any) -> Evidence:
    """One service that has ended with these last words."""
    return stack(service("app", container("exited", *log, exit_code=code), **facts))


def refused(error: str, **facts: Any) -> Evidence:
    """One service that the engine did not start."""
    return stack(service("app", container("created", error=error, exit_code=127), **facts))


def unhealthy(test: str, output: str, exit_code: int = 1, ports: tuple[int, ...] | None = None) -> Evidence:
    """One service whose probes fail; `ports` listen in it, None where nobody could look."""
    runs = tuple(ProbeRun(exit_code, output, NOW - timedelta(seconds=5 - index)) for index in range(3))
    listeners = None if ports is None else tuple(Listener(port) for port in ports)
    sick = container("running", health="unhealthy", probes=runs, listeners=listeners)
    return stack(service("app", sick, healthcheck=("CMD-SHELL", test)))


def store(driver: str, *log: str, **facts: Any) -> Evidence:
    """One known service that has ended with these last words."""
    return stack(service("app", container("exited", *log), driver=driver, **facts))


def bind(source: str, target: str) -> MountFacts:
    return MountFacts("bind", source, target)


def port(number: int) -> PortFacts:
    return PortFacts(number, number)
