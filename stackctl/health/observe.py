"""One look at the services that are awaited: the judgement of each, sharpened by what was seen before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from stackctl.health.arithmetic import given_up
from stackctl.health.judge import Standing, judge, last_words
from stackctl.health.memory import Memory
from stackctl.stack.durations import seconds_of
from stackctl.stack.labels import PROBE, READY_TIMEOUT
from stackctl.stack.order import dependents

if TYPE_CHECKING:
    from datetime import datetime

    from stackctl.engine.values import Container
    from stackctl.health.follow import Follower
    from stackctl.health.wait import Watch
    from stackctl.workspace.clock import Clock

# Docker waits 0.1 s before the first restart and twice as long before each further one: five take about three seconds.
LOOP_RESTARTS = 5
MORE_RESTARTS = 2
# A known image may run something else than its service; after this long without an answer it is taken as it runs.
UNANSWERED_SECONDS = 30.0


@dataclass(frozen=True)
class Look:
    """Where each service stands; which still have their old containers, are overdue, or were never started."""

    standings: Mapping[str, Standing]
    containers: Mapping[str, Sequence[Container]]
    kept: frozenset[str]
    overdue: frozenset[str]

    @property
    def unstarted(self) -> frozenset[str]:
        """Give the services of which no container was ever started."""
        return frozenset(
            name
            for name, standing in self.standings.items()
            if not standing.settled and all(item.state == "created" for item in self.containers[name])
        )

    @property
    def failed_for_good(self) -> bool:
        """Say whether a new container has ended or is ill.

        What was never started is Compose's to explain, and a container of before may still be replaced or started.
        """
        return any(
            standing.state == "failed"
            and name not in self.kept
            and any(item.state != "created" for item in self.containers[name])
            for name, standing in self.standings.items()
        )


@dataclass
class Observer:
    """Looks at the services of a watch, again and again."""

    follower: Follower
    clock: Clock
    watch: Watch
    memory: Memory = field(init=False)
    start: float = field(init=False)
    _ended: bool = False

    def __post_init__(self) -> None:
        """Begin."""
        self.memory = Memory(self.watch.before)
        self.start = self.clock.monotonic()

    @property
    def elapsed(self) -> float:
        """Give the seconds since the wait began."""
        return self.clock.monotonic() - self.start

    def look(self, *, ended: bool) -> Look:
        """Look once; `ended` says that Compose has nothing more to do. Raises EngineError."""
        if ended and not self._ended:
            # Compose creates and removes nothing more: from here on what we know is whole, whatever was told.
            self.follower.look_again()
        by_service = self._containers(ended=ended)
        self._ended = ended
        now = self.clock.now()
        standings = {name: self._stand(name, found, now, ended=ended) for name, found in by_service.items()}
        standings = self._crash_loops(standings, by_service)
        standings = {name: self._waits_for(standing, standings) for name, standing in standings.items()}
        before = self.watch.before
        kept = frozenset(name for name, found in by_service.items() if found and all(c.id in before for c in found))
        return Look(standings, by_service, kept, self._overdue(standings))

    def _containers(self, *, ended: bool) -> dict[str, list[Container]]:
        by_service: dict[str, list[Container]] = {name: [] for name in self.watch.names}
        now, elapsed = self.clock.now(), self.elapsed
        for container in self.follower.containers():
            if container.service in by_service:
                by_service[container.service].append(self.memory.keep(container, elapsed, now))
        if ended:
            return by_service
        # While Compose replaces a container both are there for a moment: the old one's end is no failure.
        before = self.watch.before
        return {name: [c for c in found if c.id not in before] or found for name, found in by_service.items()}

    def _stand(self, name: str, found: list[Container], now: datetime, *, ended: bool) -> Standing:
        service = self.watch.stack.services[name]
        replicas = self.watch.scale.get(name, service.replicas)
        standing = judge(name, found, self.watch.stack.job(name), replicas, now)
        if not found and replicas and ended and name in self.memory.ran:
            return Standing(name, "failed", "its container was removed while we waited")
        if standing.settled and found and len(found) < replicas:
            return Standing(name, "waiting", f"{len(found)} of {replicas} containers are there")
        if standing.state == "waiting" and any(given_up(service.healthcheck, item, now) for item in found):
            said = next((last_words(item) for item in found if item.health == "starting"), "")
            return Standing(name, "failed", f"unhealthy{said}", given_up=True)
        if standing.state == "ready" and self.watch.ask:
            return self._asked(standing, found, now)
        return standing

    def _asked(self, standing: Standing, found: list[Container], now: datetime) -> Standing:
        ask = self.watch.ask
        for item in found:
            told = PROBE in item.labels  # the file itself says what to ask: also beside a health check, and for ever
            if (item.health and not told) or ask is None or not item.started:
                continue
            if (now - item.started).total_seconds() > UNANSWERED_SECONDS and not told:
                continue
            reply = ask(item)
            if reply is not None and reply.reach == "not-yet":
                return Standing(standing.service, "waiting", f"does not answer yet: {reply.text}")
        return standing

    def _crash_loops(
        self, standings: Mapping[str, Standing], found: Mapping[str, Sequence[Container]]
    ) -> dict[str, Standing]:
        """Call a loop failed once nothing else can heal it: all others are settled, and it went on crashing."""
        counts = {name: max((self.memory.new_restarts(c) for c in items), default=0) for name, items in found.items()}
        loops = {name for name, count in counts.items() if count and not standings[name].settled}
        victims = dependents(self.watch.stack, loops) if loops else set()
        alone = all(item.settled or name in loops or name in victims for name, item in standings.items())
        if not loops or not alone:
            self.memory.alone_at.clear()
            return dict(standings)
        judged = dict(standings)
        for name in loops:
            count = counts[name]
            first = self.memory.alone_at.setdefault(name, count)
            if count >= LOOP_RESTARTS and count >= first + MORE_RESTARTS:
                code = next((item.exit_code for item in found[name] if item.restarts), 0)
                why = f"exit code {code}" if code else "it ends again and again"
                judged[name] = Standing(name, "failed", f"crashes again and again: {why}, {count} restarts")
        return judged

    def _waits_for(self, standing: Standing, all_of_them: Mapping[str, Standing]) -> Standing:
        if standing.text not in ("created, not started", "not created yet"):
            return standing
        needed = self.watch.stack.services[standing.service].depends_on
        open_ones = [
            name for name in needed if name in all_of_them and all_of_them[name].state not in ("ready", "done")
        ]
        return replace(standing, text=f"waits for {', '.join(open_ones)}") if open_ones else standing

    def _overdue(self, standings: Mapping[str, Standing]) -> frozenset[str]:
        """Give the services that have used up the time that their own label gives them."""
        late = set()
        for name, standing in standings.items():
            limit = seconds_of(self.watch.stack.services[name].labels.get(READY_TIMEOUT), 0.0)
            began = self.memory.began.get(name)
            if limit and began is not None and not standing.settled and self.elapsed - began > limit:
                late.add(name)
        return frozenset(late)
