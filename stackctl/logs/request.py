"""What the user asked of the logs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from stackctl.logs.select import Selection


@dataclass(frozen=True)
class LogRequest:
    """`services`: all for none. `last_start`: each container's own. `tail` counts in all, `tail_each` by service."""

    services: tuple[str, ...] = ()
    since: datetime | None = None
    last_start: bool = False
    until: datetime | None = None
    tail: int | None = None
    tail_each: int | None = None
    selection: Selection = field(default_factory=Selection)
    context: int = 0
    follow: bool = False
