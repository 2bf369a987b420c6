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

    `broken` are the checks that have failed so far, from any thread: who waits for something that one of them hides can
    stop waiting.
    """

    world: World
    project: str
    containers: Sequence[Container]
    stack: Stack | None
    doors: Doors
    end: float = 0.0
    broken: set[str] = field(default_factory=set)
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
        """Ask over HTTP. Raises OSError where no answer came in the time that is left."""
        return self.doors.web(request, self.limit)

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
        """Give the seconds that one question may take."""
        return max(RESERVE, self.left())

    def left(self) -> float:
        """Give the seconds that are left for all of it."""
        return self.end - self.world.clock.monotonic()

    def until(self, look: Callable[[], T | None], *, unless: Sequence[str] = ()) -> T | None:
        """Look again and again until there is something, the time is over, or one of the checks `unless` has failed."""
        pauses = chain(PAUSES, repeat(1.0))
        while True:
            found = look()
            pause = next(pauses)
            if found or self.left() <= pause or self.broken.intersection(unless):
                return found
            self.world.clock.sleep(pause)

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
