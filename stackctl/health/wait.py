"""Wait until every service has its answer: the last one ready, the first failure, or the deadline."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from stackctl.health.follow import following
from stackctl.health.observe import Look, Observer
from stackctl.stack.durations import seconds_of
from stackctl.stack.labels import READY_TIMEOUT
from stackctl.workspace.events import Event, Events

if TYPE_CHECKING:
    from stackctl.engine.door import Engine, Handle
    from stackctl.engine.values import Container
    from stackctl.errors import Finding
    from stackctl.health.asking import Ask
    from stackctl.health.judge import Standing
    from stackctl.stack.model import Service, Stack
    from stackctl.workspace.clock import Clock

# Between two looks at what needs no engine: whether Compose has ended, and how long a process has run.
TICK = 0.05
LEAST_PATIENCE = 60.0


@dataclass(frozen=True)
class Waited:
    """How the wait ended: every service's standing, its seconds to ready, and whether time ran out.

    `gave_up`: Compose ended with an error before everything was started; `unstarted` are the services it left.
    `containers` are the project's as they were at the end.
    """

    standings: Mapping[str, Standing]
    seconds: Mapping[str, float]
    timed_out: bool
    gave_up: bool = False
    unstarted: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()
    containers: Sequence[Container] = ()

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
    them, and a service that keeps them has no time to ready. `known` are the project's containers where somebody has
    just looked at them. `scale` are other numbers of containers than the file's,
    `ask` is the driver's probe from the host, `until_started` ends the wait with Compose (`--no-wait`).
    """

    stack: Stack
    names: Sequence[str]
    timeout: float
    before: frozenset[str] = frozenset()
    scale: Mapping[str, int] = field(default_factory=dict)
    ask: Ask | None = None
    until_started: bool = False
    known: Sequence[Container] | None = None

    def since(self, spent: float) -> Watch:
        """Give the same wait with what is left of its time."""
        return replace(self, timeout=max(1.0, self.timeout - spent))


def wait_until_settled(
    engine: Engine, clock: Clock, events: Events, watch: Watch, starting: Handle | None = None
) -> Waited:
    """Watch the services until all are settled, one has failed for good, or the time is over. Raises EngineError.

    While `docker compose up` (`starting`) runs only new containers can fail: it may still start or replace the others.
    It is not ended here.
    """
    tell = Telling(events)
    with following(engine, clock, watch.stack.name, watch.known) as follower:
        observer = Observer(follower, clock, watch)
        sure = False
        while True:
            code = starting.poll() if starting else 0
            look = observer.look(ended=code is not None)
            tell.about(look, observer.elapsed, ended=code is not None)
            timed_out = observer.elapsed > watch.timeout or bool(look.overdue)
            known = _known(look, watch, code)
            if known and not sure and follower.confirm(everything=code not in (None, 0)):
                sure = True
                continue
            if known or timed_out:
                return Waited(
                    look.standings,
                    tell.seconds,
                    timed_out=not known,
                    gave_up=code not in (None, 0),
                    unstarted=look.unstarted,
                    findings=observer.memory.findings(item for items in look.containers.values() for item in items),
                    containers=follower.known,
                )
            sure = False
            follower.wait(TICK)


def _known(look: Look, watch: Watch, code: int | None) -> bool:
    """Say whether the answer is known; `code` is Compose's exit code, None while it runs."""
    if code is None:
        return look.failed_for_good
    # Compose that ended with work left undone has failed by itself; its own words say why.
    if code != 0 or watch.until_started:
        return True
    return any(item.state == "failed" for item in look.standings.values()) or all(
        item.settled for item in look.standings.values()
    )


class Telling:
    """Tells each change once, and keeps the seconds to ready."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._told: dict[str, str] = {}
        self.seconds: dict[str, float] = {}

    def about(self, look: Look, elapsed: float, *, ended: bool) -> None:
        """Tell what is new in a look."""
        for standing in look.standings.values():
            if standing.service in look.kept and (not ended or standing.settled):
                continue
            if standing.state in ("ready", "done"):
                self.seconds.setdefault(standing.service, elapsed)
            words = f"{standing.state} {standing.text}"
            if self._told.get(standing.service) != words:
                self._told[standing.service] = words
                self._events(Event("service", standing.text, standing.service, standing.state, elapsed))


def _budget(service: Service) -> float:
    own = seconds_of(service.labels.get(READY_TIMEOUT), 0.0)
    if own:
        return own
    check = service.healthcheck or {}
    interval = seconds_of(check.get("interval"), 30.0)
    one = interval + seconds_of(check.get("timeout"), 30.0)
    retries = int(check.get("retries") or 3)
    return seconds_of(check.get("start_period"), 0.0) + one * retries if service.probed else 10.0
