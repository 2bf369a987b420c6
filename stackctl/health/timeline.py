"""When each service of a start was created, started, first probed and ready, and which chain explains the total.

From the engine's own time stamps, so that it can be asked for after the fact. Values in, values out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING

from stackctl.errors import Finding
from stackctl.stack.durations import human

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.stack.model import Stack

# Containers that were started longer before the last one than this belong to an earlier start.
ONE_START = timedelta(minutes=15)
SLOWER = 1.5
SLOWER_SECONDS = 2.0


@dataclass(frozen=True)
class Span:
    """One service of a start. Times are the engine's; None where it does not know (any more).

    `waited_for` are the services that it had to wait for.
    """

    service: str
    container: str
    created: datetime | None
    started: datetime
    first_probe: datetime | None
    ready: datetime | None
    waited_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class Timeline:
    """One start: its services by the time they were started, and seconds from the first start to the last ready."""

    spans: tuple[Span, ...]

    @property
    def origin(self) -> datetime:
        """Give the moment that everything is counted from: the first creation or start."""
        return min(min(span.created or span.started, span.started) for span in self.spans)

    @property
    def seconds(self) -> float:
        """Give the length of the start."""
        ends = [span.ready or span.started for span in self.spans]
        return max(0.0, (max(ends) - self.origin).total_seconds())

    def after(self, moment: datetime | None) -> float | None:
        """Give a moment in seconds from the origin."""
        return None if moment is None else max(0.0, (moment - self.origin).total_seconds())

    def chain(self) -> list[tuple[str, float]]:
        """Give the critical chain: service and the seconds that it added, first to last; they sum to the total."""
        by_name = {span.service: span for span in self.spans}
        at = max(self.spans, key=lambda span: span.ready or span.started)
        found: list[tuple[str, float]] = []
        seen: set[str] = set()
        while True:
            seen.add(at.service)
            end = at.ready or at.started
            before = [by_name[name] for name in at.waited_for if name in by_name and name not in seen]
            last = max(before, key=lambda span: span.ready or span.started, default=None)
            begin = (last.ready or last.started) if last else self.origin
            found.append((at.service, max(0.0, (end - begin).total_seconds())))
            if last is None:
                return found[::-1]
            at = last

    def chain_text(self) -> str:
        """Give the critical chain as one line."""
        return " → ".join(f"{service} {human(seconds)}" for service, seconds in self.chain())


def timeline_of(stack: Stack, containers: Iterable[Container], since: datetime | None = None) -> Timeline | None:
    """Give the last start of these containers, or what was started after `since`; None where nothing was."""
    started = [item for item in containers if item.started]
    if not started:
        return None
    first = since or max(item.started for item in started if item.started) - ONE_START
    spans: dict[str, Span] = {}
    for item in started:
        span = _span(stack, item)
        if span.started < first or item.service not in stack.services:
            continue
        other = spans.get(item.service)  # of several containers the last one ready speaks for the service
        if other is None or (span.ready or span.started) > (other.ready or other.started):
            spans[item.service] = span
    ordered = sorted(spans.values(), key=lambda span: (span.started, span.service))
    return Timeline(tuple(ordered)) if ordered else None


def slower(now: Timeline, before: Sequence[Timeline]) -> Finding | None:
    """Give a finding where a start took clearly longer than the last ones of the same services."""
    names = {span.service for span in now.spans}
    same = [other for other in before if {span.service for span in other.spans} == names]
    if len(same) < 2:
        return None
    usual = median(other.seconds for other in same)
    if now.seconds < usual * SLOWER or now.seconds - usual < SLOWER_SECONDS:
        return None
    times = _own_seconds(now)
    usually = {name: median(_own_seconds(other)[name] for other in same) for name in names}
    worst = max(names, key=lambda name: times[name] - usually[name])
    return Finding(
        "slower-start",
        "warning",
        worst,
        f"this start took {human(now.seconds)}, the last ones {human(usual)}; "
        f"{worst} took {human(times[worst])} instead of {human(usually[worst])}",
        "see: stackctl timeline --last 5",
    )


def _own_seconds(timeline: Timeline) -> Mapping[str, float]:
    return {span.service: ((span.ready or span.started) - span.started).total_seconds() for span in timeline.spans}


def _span(stack: Stack, container: Container) -> Span:
    assert container.started is not None
    service = stack.services.get(container.service)
    good = [probe.at for probe in container.probes if probe.exit_code == 0 and probe.at]
    # The engine keeps the last five probes: a full log has lost the first ones.
    whole = len(container.probes) < 5 and not container.restarts
    first = container.probes[0].began or container.probes[0].at if container.probes and whole else None
    if container.health:
        ready = min(good) if good and container.health == "healthy" and (whole or _has_failure(container)) else None
    elif container.state == "exited":
        ready = container.finished if container.exit_code == 0 else None
    else:
        ready = container.started
    waited = tuple(sorted(service.depends_on)) if service else ()
    # A container of before that was only started again began with its start.
    created = container.created
    created = created if created and container.started - created < ONE_START else None
    return Span(container.service, container.id, created, container.started, first, ready, waited)


def _has_failure(container: Container) -> bool:
    """Say whether the log still shows a failure before the first good probe, so that this is the first one."""
    return bool(container.probes) and container.probes[0].exit_code != 0
