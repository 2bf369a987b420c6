"""What runs: one row per container, for one environment or all of the workspace. Never asks Compose for the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from stackctl.stack.labels import STANDIN
from stackctl.workspace.names import unknown

if TYPE_CHECKING:
    from pathlib import Path

    from stackctl.engine.values import Container
    from stackctl.lifecycle.world import World


@dataclass(frozen=True)
class Row:
    """One container: `up_seconds` is None when it does not run."""

    service: str
    container: str
    state: str
    health: str
    up_seconds: float | None
    restarts: int
    image: str
    ports: tuple[str, ...]
    exit_code: int
    standin: str
    many: bool = False

    @property
    def good(self) -> bool:
        """Say whether it is as it should be: running and not unhealthy, or ended with 0."""
        return (
            self.health in ("", "healthy")
            if self.state == "running"
            else self.state == "exited" and self.exit_code == 0
        )


@dataclass(frozen=True)
class ProjectStatus:
    """One project and its containers."""

    project: str
    folder: str
    rows: tuple[Row, ...]


def project_status(world: World, project: str) -> ProjectStatus:
    """Give the state of one project, whatever its profiles. Raises EngineError."""
    containers = world.engine.containers(project)
    return _status(project, containers, world.clock.now())


def status_below(world: World, folder: Path) -> list[ProjectStatus]:
    """Give the state of every project whose Compose files lie in this folder. Raises EngineError."""
    by_project: dict[str, list[Container]] = {}
    for container in world.engine.containers("", below=folder):
        by_project.setdefault(container.project, []).append(container)
    now = world.clock.now()
    return [_status(project, containers, now) for project, containers in sorted(by_project.items())]


def only(status: ProjectStatus, services: Sequence[str]) -> ProjectStatus:
    """Give the status cut to these services, all of it for none. Raises Misuse for a service that has no container."""
    known = {row.service for row in status.rows}
    for service in services:
        if service not in known:
            raise unknown("service", service, known)
    rows = tuple(row for row in status.rows if not services or row.service in services)
    return ProjectStatus(status.project, status.folder, rows)


def _status(project: str, containers: Sequence[Container], now: datetime) -> ProjectStatus:
    counts = Counter(container.service for container in containers)
    rows = tuple(_row(container, now, many=counts[container.service] > 1) for container in containers)
    folder = next((container.working_dir for container in containers), "")
    return ProjectStatus(project, folder, rows)


def _row(container: Container, now: datetime, *, many: bool) -> Row:
    up = (now - container.started).total_seconds() if container.running and container.started else None
    return Row(
        service=container.service,
        container=container.name,
        state=container.state,
        health=container.health,
        up_seconds=None if up is None else max(0.0, up),
        restarts=container.restarts,
        image=container.image,
        ports=tuple(f"{port.host_ip}:{port.host_port}→{port.container_port}" for port in container.ports),
        exit_code=container.exit_code,
        standin=container.labels.get(STANDIN, ""),
        many=many,
    )
