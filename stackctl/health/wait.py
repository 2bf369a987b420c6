"""Wait until every service has its answer: the last one ready, the first failure, or the deadline."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stackctl.health.judge import Standing, judge
from stackctl.stack.durations import seconds_of
from stackctl.workspace.events import Event, Events

if TYPE_CHECKING:
    from stackctl.engine.door import Engine, Handle
    from stackctl.engine.values import Container
    from stackctl.stack.model import Service, Stack
    from stackctl.workspace.clock import Clock

FIRST_POLL = 0.1
LAST_POLL = 0.5
LEAST_PATIENCE = 60.0


@dataclass(frozen=True)
class Waited:
    """How the wait ended: every service's standing, its seconds to ready, and whether time ran out."""

    standings: Mapping[str, Standing]
    seconds: Mapping[str, float]
    timed_out: bool

    @property
    def failed(self) -> list[Standing]:
        """Give the services that failed."""
        return [standing for standing in self.standings.values() if standing.state == "failed"]

    @property
    def pending(self) -> list[Standing]:
        """Give the services without an answer."""
        return [standing for standing in self.standings.values() if standing.state == "waiting"]


def patience(stack: Stack, names: Collection[str]) -> float:
    """Give the default limit in seconds: the longest dependency chain of the services' own health arithmetic, doubled.

    Never infinite, and at least a minute: a cold image start on a busy machine is no failure.
    """
    longest: dict[str, float] = {}

    def chain(name: str, above: frozenset[str]) -> float:
        if name not in longest:
            service = stack.services[name]
            below = [other for other in service.depends_on if other in stack.services and other not in above]
            longest[name] = _budget(service) + max((chain(other, above | {name}) for other in below), default=0.0)
        return longest[name]

    return max([LEAST_PATIENCE, *(2 * chain(name, frozenset()) for name in names)])


@dataclass(frozen=True)
class Watch:
    """What to wait for: these services of a stack, for at most so many seconds.

    `before` are the ids of containers that were there already: they say nothing new while Compose may still replace
    them, and a service that keeps them has no time to ready.
    """

    stack: Stack
    names: Sequence[str]
    timeout: float
    before: frozenset[str] = frozenset()

    def since(self, spent: float) -> Watch:
        """Give the same wait with what is left of its time."""
        return replace(self, timeout=max(1.0, self.timeout - spent))


def wait_until_settled(
    engine: Engine, clock: Clock, events: Events, watch: Watch, starting: Handle | None = None
) -> Waited:
    """Watch the services until all are settled, one has failed for good, or the time is over.

    A failure counts only when `docker compose up` (`starting`) has ended too: until then it may still start things.
    """
    start = clock.monotonic()
    told: dict[str, str] = {}
    seconds: dict[str, float] = {}
    pause = FIRST_POLL
    while True:
        ended = starting is None or starting.poll() is not None
        standings, kept = _look(engine, clock, watch, ended)
        elapsed = clock.monotonic() - start
        for standing in standings.values():
            if standing.service in kept and (not ended or standing.settled):
                continue
            if standing.state in ("ready", "done"):
                seconds.setdefault(standing.service, elapsed)
            if told.get(standing.service) != f"{standing.state} {standing.text}":
                told[standing.service] = f"{standing.state} {standing.text}"
                events(Event("service", standing.text, standing.service, standing.state, elapsed))
        failed = any(standing.state == "failed" for standing in standings.values())
        # Compose that ended with work left undone has failed by itself; its own words say why.
        gave_up = starting is not None and starting.poll() not in (None, 0)
        if ended and (failed or gave_up or all(standing.settled for standing in standings.values())):
            return Waited(standings, seconds, timed_out=False)
        if elapsed > watch.timeout:
            return Waited(standings, seconds, timed_out=True)
        clock.sleep(pause)
        pause = min(LAST_POLL, pause * 1.3)


def _look(engine: Engine, clock: Clock, watch: Watch, ended: bool) -> tuple[dict[str, Standing], set[str]]:
    """Give where each service stands, and which still have the containers of before."""
    by_service: dict[str, list[Container]] = {name: [] for name in watch.names}
    for container in engine.containers(watch.stack.name):
        if container.service in by_service:
            by_service[container.service].append(container)
    now = clock.now()
    if not ended:
        # While Compose replaces a container both are there for a moment: the old one's end is no failure.
        for name, found in by_service.items():
            by_service[name] = [item for item in found if item.id not in watch.before] or found
    kept = {name for name, found in by_service.items() if found and all(item.id in watch.before for item in found)}
    standings = {
        name: judge(name, found, watch.stack.job(name), watch.stack.services[name].replicas, now)
        for name, found in by_service.items()
    }
    return standings, kept


def _budget(service: Service) -> float:
    check = service.healthcheck or {}
    interval = seconds_of(check.get("interval"), 30.0)
    one = interval + seconds_of(check.get("timeout"), 30.0)
    retries = int(check.get("retries") or 3)
    return seconds_of(check.get("start_period"), 0.0) + one * retries if service.probed else 10.0
