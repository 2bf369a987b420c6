"""Knowing a project's containers as they are now: by the engine's events, and by looks where these say too little.

A look is a start of the docker client: 50 ms of CPU, on a machine that is starting a whole stack. So an event that says
all there is to know changes the value in our hands, one that says too little leads to a look at the containers that
are known by id, and only where nothing tells us is the whole project listed again.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from stackctl.engine.door import Engine, Handle
    from stackctl.engine.events import EngineEvent
    from stackctl.engine.values import Container
    from stackctl.workspace.clock import Clock

Effect = Literal["gone", "healthy", "look now", "look soon"]

# Seconds. Compose creates and starts containers in bursts: one look for all of them.
SOON = 0.4
# Words of failing probes change without an event.
REFRESH = 1.5
# Age makes a process stable, and only a look shows that it is the same process still: an event may be late on a busy
# machine. So no answer stands on what was seen longer ago than this.
FRESH = 0.1
# In case an event was lost.
EVERYTHING = 6.0
# Without a stream (an engine that refuses it, a proxy that cuts it) we look again and again, as before.
FIRST_POLL = 0.1
LAST_POLL = 0.25
OPEN_AGAIN = 5.0


def effect_of(event: EngineEvent, known: Container | None) -> Effect:
    """Say what an event means for what we know of its container."""
    if event.action == "destroy":
        return "gone"
    if event.health == "healthy" and known is not None:
        return "healthy"
    if event.action in ("die", "oom", "pause", "unpause") or event.health in ("healthy", "unhealthy"):
        return "look now"
    return "look soon"


@contextmanager
def following(
    engine: Engine, clock: Clock, project: str, known: Sequence[Container] | None = None
) -> Iterator[Follower]:
    """Follow a project's containers; `known` are those that somebody has just looked at. The stream ends with it."""
    follower = Follower(engine, clock, project, known)
    try:
        follower.open()
        yield follower
    finally:
        follower.close()


class Follower:
    """The containers of one project."""

    def __init__(self, engine: Engine, clock: Clock, project: str, known: Sequence[Container] | None = None) -> None:
        self._engine, self._clock, self._project = engine, clock, project
        self._known = {item.id: item for item in known or ()}
        self._news: deque[EngineEvent] = deque()
        self._signal = threading.Event()
        self._stream: Handle | None = None
        self._opened = clock.monotonic()
        self._due: dict[str, float] = {}
        self._unconfirmed = False
        self._looked = self._opened
        self._refresh_at = self._opened + REFRESH
        self._all_at = self._opened if known is None else self._opened + EVERYTHING
        self._poll = FIRST_POLL

    def open(self) -> None:
        """Open the stream of events."""
        self._opened = self._clock.monotonic()
        self._stream = self._engine.events(self._project, self._clock.now(), self._heard)

    def close(self) -> None:
        """End the stream."""
        if self._stream is not None:
            self._stream.stop()

    def wait(self, seconds: float) -> None:
        """Wait for news, at most so long."""
        self._clock.wait(self._signal, seconds)

    def containers(self) -> list[Container]:
        """Give the containers, after as small a look as is needed. Raises EngineError."""
        self._signal.clear()
        now = self._clock.monotonic()
        self._take(now)
        self._keep_open(now)
        if now >= self._all_at:
            self._look_at_all(now)
        elif now >= min([self._refresh_at, *self._due.values()]):
            self._look_at_known(now)
        return self.known

    @property
    def known(self) -> list[Container]:
        """Give the containers as last seen."""
        return sorted(self._known.values(), key=lambda item: (item.service, item.number))

    def confirm(self, *, everything: bool) -> bool:
        """Look once more where something is only told or was seen a while ago; say whether there was a look.

        `everything`: list the project too. Raises EngineError.
        """
        now = self._clock.monotonic()
        if everything:
            self._look_at_all(now)
        elif self._unconfirmed or self._due or now - self._looked >= FRESH:
            self._look_at_known(now)
        else:
            return False
        return True

    def look_again(self) -> None:
        """List the whole project at the next look."""
        self._all_at = self._clock.monotonic()

    def _heard(self, event: EngineEvent) -> None:
        self._news.append(event)
        self._signal.set()

    def _take(self, now: float) -> None:
        while self._news:
            event = self._news.popleft()
            known = self._known.get(event.container)
            effect = effect_of(event, known)
            if effect == "gone":
                self._known.pop(event.container, None)
                self._due.pop(event.container, None)
            elif effect == "healthy" and known is not None:
                self._known[known.id] = replace(known, health="healthy")
                self._unconfirmed = True
            else:
                due = now if effect == "look now" else now + SOON
                self._due[event.container] = min(due, self._due.get(event.container, due))

    def _keep_open(self, now: float) -> None:
        """Do without a stream that has ended, and open it again after a while."""
        if self._stream is None or self._stream.poll() is None:
            return
        if now - self._opened >= OPEN_AGAIN:
            self.open()
            self._all_at = now
            return
        self._all_at = min(self._all_at, now + self._poll)

    def _look_at_known(self, now: float) -> None:
        found = self._engine.inspect([*self._known, *(key for key in self._due if key not in self._known)])
        self._seen(found, now)

    def _look_at_all(self, now: float) -> None:
        self._seen(self._engine.containers(self._project), now)
        self._all_at = now + EVERYTHING
        self._poll = min(LAST_POLL, self._poll * 1.3)

    def _seen(self, found: Sequence[Container], now: float) -> None:
        self._known = {item.id: item for item in found}
        self._due.clear()
        self._unconfirmed = False
        self._looked = now
        self._refresh_at = now + REFRESH
