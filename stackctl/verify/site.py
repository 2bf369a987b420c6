"""What the checks look at: the containers, how each is reached, the doors, and the time that is left."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from stackctl.engine.net import HttpRequest
from stackctl.errors import EngineError
from stackctl.services.registry import driver_for
from stackctl.stack.labels import SCRAPE, VERIFY

if TYPE_CHECKING:
    from stackctl.engine.address import EngineAddress
    from stackctl.engine.net import Answer
    from stackctl.engine.values import Container
    from stackctl.lifecycle.world import World
    from stackctl.stack.model import Stack

T = TypeVar("T")
# The whole run takes 15 s at most: two scrapes of 5 s, and what the rest needs.
SECONDS = 15.0
RESERVE = 2.0  # for what is asked once more when the time for waiting is over
# How long a service may be away before it is believed: one that is being restarted listens again within this.
RESTART_SECONDS = 5.0
QUESTION_SECONDS = 8.0  # how long one question may take: who is slower than that is broken
PAUSES = (0.25, 0.5)


class Web(Protocol):
    """The door to HTTP; `engine.net.http_ask` is real."""

    def __call__(self, request: HttpRequest, timeout: float) -> Answer:
        """Give the answer. Raises OSError where none came."""
        ...


@dataclass(frozen=True)
class Doors:
    """How containers are reached: over HTTP, and from which place."""

    web: Web
    address: EngineAddress


@dataclass
class Site:
    """One environment under test. `stack` is None where the files cannot be read: what runs is checked all the same.

    `broken` are the checks that have failed so far, from any thread. Each check gets a view of the site with those that
    it stands on in `after`: once one of them is broken, or somebody has interrupted the run, it stops waiting. `pace`
    is how much slower than usual everything may be: who gives more time has a busy machine.
    """

    world: World
    project: str
    containers: Sequence[Container]
    stack: Stack | None
    doors: Doors
    end: float = 0.0
    pace: float = 1.0
    after: tuple[str, ...] = ()
    broken: set[str] = field(default_factory=set)
    stopped: threading.Event = field(default_factory=threading.Event)
    _kept: dict[str, Any] = field(default_factory=dict)
    _locks: dict[str, threading.Lock] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.end = self.end or self.world.clock.monotonic() + SECONDS - RESERVE

    @property
    def running(self) -> list[Container]:
        """Give the containers that run."""
        return [item for item in self.containers if item.state == "running"]

    def kind(self, name: str) -> Container | None:
        """Give the running service of a driver, None where the stack has none."""
        return next((item for item in self.running if driver_for(item.image, item.labels).name == name), None)

    @property
    def app(self) -> Container | None:
        """Give the app that `verify` may write through: the one that says so by label."""
        return next((item for item in self.running if item.labels.get(VERIFY) == "items"), None)

    @property
    def jobs(self) -> dict[str, str]:
        """Give the scrape jobs that the services ask for by label: job → service."""
        return {job: item.service for item in self.running for job in item.labels.get(SCRAPE, "").split()}

    def base(self, container: Container, port: int) -> str:
        """Give `http://host:port` of a container's port; empty where this machine does not reach it."""
        address = self.doors.address
        for binding in container.ports:
            if binding.container_port == port and binding.protocol == "tcp" and address.local:
                return f"http://{binding.near_ip}:{binding.host_port}"
        own = next((ip for ip in container.networks.values() if ip), "")
        return f"http://{own}:{port}" if own and address.reaches_containers else ""

    def ask(self, request: HttpRequest) -> Answer:
        """Ask over HTTP; while nobody listens, as in a restart, for some seconds again. Raises OSError."""
        end = self.world.clock.monotonic() + RESTART_SECONDS * self.pace
        pauses = chain(PAUSES, repeat(1.0))
        while True:
            try:
                return self.doors.web(request, min(self.limit, QUESTION_SECONDS * self.pace))
            except ConnectionError as error:
                # A refused connection has sent nothing. One that broke may have: only reading can be done twice.
                again = request.method == "GET" or isinstance(error, ConnectionRefusedError)
                pause = next(pauses)
                if not again or self.in_vain or self.world.clock.monotonic() + pause > min(end, self.end):
                    raise
                self.world.clock.sleep(pause)

    def json(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
        """Give a page as JSON. Raises OSError for no answer, for an error status, and for what is no JSON."""
        answer = self.ask(HttpRequest(url, headers=headers or {}, most=8 << 20))
        try:
            said = json.loads(answer.body)
        except ValueError:
            said = None
        if answer.status >= 400 or said is None:
            text = said.get("error") or said.get("message") if isinstance(said, dict) else ""
            raise ConnectionError(f"HTTP {answer.status}{f': {text}' if text else ''}")
        return said

    @property
    def limit(self) -> float:
        """Give the seconds that one step may take."""
        return RESERVE if self.stopped.is_set() else max(RESERVE, self.left())

    def left(self) -> float:
        """Give the seconds that are left for all of it."""
        return self.end - self.world.clock.monotonic()

    @property
    def in_vain(self) -> bool:
        """Say whether waiting is of no use: what this check stands on is broken, or the run is to end."""
        return self.stopped.is_set() or not self.broken.isdisjoint(self.after)

    def until(self, look: Callable[[], T | None], most: float = float("inf")) -> T | None:
        """Look again and again until there is something, waiting is in vain, or the time (`most` seconds) is over."""
        end = min(self.end, self.world.clock.monotonic() + most * self.pace)
        pauses = chain(PAUSES, repeat(1.0))
        while True:
            found = look()
            pause = next(pauses)
            if found or self.in_vain or self.world.clock.monotonic() + pause >= end:
                return found
            self.world.clock.sleep(pause)

    def made(self, name: str) -> Any:
        """Give what `once` has made under this name, None where nobody has asked for it, or it could not be made."""
        found = self._kept.get(name)
        return None if isinstance(found, Exception) else found

    def once(self, name: str, make: Callable[[], T]) -> T:
        """Give what several checks share, made by the first that asks; the others wait for it."""
        with self._guard:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            if name not in self._kept:
                try:
                    self._kept[name] = make()
                except (OSError, EngineError) as error:
                    self._kept[name] = error
            kept = self._kept[name]
            if isinstance(kept, OSError | EngineError):
                raise kept
            found: T = kept
            return found
