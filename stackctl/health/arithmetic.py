"""The arithmetic of one health check as its author wrote it: intervals, and when the engine would give up on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stackctl.stack.durations import seconds_of

if TYPE_CHECKING:
    from datetime import datetime

    from stackctl.engine.values import Container

# moby's daemon/health.go: a zero counts as not written.
INTERVAL = TIMEOUT = 30.0
RETRIES = 3
START_INTERVAL = 5.0
SLACK = 0.5


@dataclass(frozen=True)
class Arithmetic:
    """Seconds between probes, for one probe, before failures count; and how many in a row count."""

    interval: float
    timeout: float
    start_period: float
    retries: int
    start_interval: float | None

    @property
    def first_counted(self) -> float:
        """Give the latest start, in seconds of life, of the first probe whose failure counts.

        Without a start period that is the first probe. With one, the engine asks every 5 s until it is over, and the
        probe after its end may come a whole interval later.
        """
        if not self.start_period:
            return self.interval
        return self.start_period + max(self.interval, self.start_interval or START_INTERVAL)

    def gives_up(self, probe_seconds: float) -> float:
        """Give the age at which the engine calls a service unhealthy whose every probe fails after so many seconds."""
        return self.first_counted + self.retries * probe_seconds + (self.retries - 1) * self.interval


def arithmetic(check: Mapping[str, Any]) -> Arithmetic:
    """Read a health check of the model, with the engine's defaults where nothing is written."""
    return Arithmetic(
        interval=seconds_of(check.get("interval"), 0.0) or INTERVAL,
        timeout=seconds_of(check.get("timeout"), 0.0) or TIMEOUT,
        start_period=seconds_of(check.get("start_period"), 0.0),
        retries=int(check.get("retries") or RETRIES),
        start_interval=seconds_of(check.get("start_interval"), 0.0) or None,
    )


def given_up(check: Mapping[str, Any] | None, container: Container, now: datetime) -> bool:
    """Say whether the author's own values would have called a container unhealthy by now.

    Only inside the longer start period of our fast probes does the engine not say so itself.
    """
    if not check or check.get("start_interval") or container.health != "starting" or not container.started:
        return False
    if not container.running or not container.probes or any(probe.exit_code == 0 for probe in container.probes):
        return False
    took = max((probe.seconds for probe in container.probes), default=0.0)
    return (now - container.started).total_seconds() > arithmetic(check).gives_up(took) + SLACK
