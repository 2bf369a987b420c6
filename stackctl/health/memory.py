"""What a wait remembers from look to look: restarts since it began, how long a process has run, who had a container."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from stackctl.errors import Finding

if TYPE_CHECKING:
    from stackctl.engine.values import Container


@dataclass
class Memory:
    """`before` are the containers that were there when the wait began: their older restarts are history."""

    before: frozenset[str] = frozenset()
    restarts: dict[str, int] = field(default_factory=dict)
    running: dict[str, tuple[datetime | None, float]] = field(default_factory=dict)
    began: dict[str, float] = field(default_factory=dict)
    ran: set[str] = field(default_factory=set)
    alone_at: dict[str, int] = field(default_factory=dict)

    def keep(self, container: Container, elapsed: float, now: datetime) -> Container:
        """Take a container in; give it with a start that fits how long we have seen it run.

        The engine's clock may stand elsewhere than ours, or ours may be set back while we wait.
        """
        self.restarts.setdefault(container.id, container.restarts if container.id in self.before else 0)
        if container.state == "created":
            return container
        self.ran.add(container.service)
        self.began.setdefault(container.service, elapsed)
        if not container.running or container.started is None:
            self.running.pop(container.id, None)
            return container
        stamp, since = self.running.get(container.id, (None, elapsed))
        if stamp != container.started:
            since = elapsed
        self.running[container.id] = (container.started, since)
        return replace(container, started=min(container.started, now - timedelta(seconds=elapsed - since)))

    def new_restarts(self, container: Container) -> int:
        """Give how often a container restarted since the wait began."""
        return max(0, container.restarts - self.restarts.get(container.id, 0))

    def findings(self, containers: Iterable[Container]) -> tuple[Finding, ...]:
        """Give a warning for each service that restarted and then stayed up."""
        found = {item.service: self.new_restarts(item) for item in containers if self.new_restarts(item)}
        return tuple(
            Finding(
                "restarted",
                "warning",
                name,
                f"{name} restarted {count} time{'' if count == 1 else 's'} before it stayed up",
                f"what it said: stackctl logs {name} --since last-start",
            )
            for name, count in sorted(found.items())
        )
