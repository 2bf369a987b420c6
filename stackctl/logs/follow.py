"""What comes: the logs of a project as they are written, merged in a small window.

A log ends with its container's run, so the engine's events say where to read on: a restart continues the same log, a
recreated, scaled or newly started service has a new one, which is read from its beginning.
"""

from __future__ import annotations

import selectors
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING

from stackctl.engine.logstream import LogQuery
from stackctl.errors import EngineError
from stackctl.logs.history import unix, why_unreadable
from stackctl.logs.merge import in_order
from stackctl.logs.resume import Resume
from stackctl.logs.source import Queue, origin_of, read_line_of

if TYPE_CHECKING:
    from stackctl.engine.door import Engine, Handle, LogReader
    from stackctl.engine.events import EngineEvent
    from stackctl.engine.values import Container
    from stackctl.logs.source import Line, Mark
    from stackctl.workspace.clock import Clock

TICK = 0.04  # a line waits for two ticks at most, so that lines of others that are older come before it
AGAIN = 0.5  # between attempts to reach an engine that has gone
# Reading on right after the history: the engine finds the last lines quickly, and scans for `since` from the beginning.
OVERLAP_LINES = 10_000


@dataclass
class Followed:
    """A container whose log is read on.

    `bounded`: only the last lines were asked for. `again`: it was started while its last run was still being read.
    """

    queue: Queue
    reader: LogReader | None = None
    resume: Resume | None = None
    bounded: bool = False
    again: bool = False


class Follow:
    """Follows a project until it is interrupted."""

    def __init__(self, engine: Engine, clock: Clock, project: str, services: Sequence[str]) -> None:
        self._engine = engine
        self._clock = clock
        self._project = project
        self._services = services
        self._followed: dict[str, Followed] = {}
        self._waiting = selectors.DefaultSelector()
        self._happened: SimpleQueue[EngineEvent] = SimpleQueue()
        self._seen: deque[EngineEvent] = deque(maxlen=100)
        self._events: Handle | None = None
        self._away = False
        self.tell: Callable[[str], None] = lambda _text: None

    def listen(self) -> None:
        """Begin to hear events. To be called before the history is read: nothing falls between. Raises EngineError."""
        self._events = self._engine.events(self._project, self._clock.now(), self._happened.put)

    def batches(self, containers: Sequence[Container], marks: Mapping[str, Mark]) -> Generator[list[Line]]:
        """Give lines as they come, in batches; an empty one at a tick without any. `marks`: what has been read."""
        for container in containers:
            self._open(container, marks.get(container.id))
        bound = b""
        next_tick = self._clock.monotonic() + TICK
        try:
            while True:
                self._receive(max(0.0, next_tick - self._clock.monotonic()))
                if self._clock.monotonic() < next_tick:
                    continue
                next_tick = self._clock.monotonic() + TICK
                self._hear()
                yield in_order([item.queue.take_upto(bound) for item in self._followed.values()])
                # What is here now goes out at the next tick: until then older lines of others may come.
                waiting = (item.queue.lines for item in self._followed.values())
                bound = max((lines[-1][0] for lines in waiting if lines), default=b"")
        finally:
            self._close()

    def _receive(self, seconds: float) -> None:
        if not self._waiting.get_map():
            self._clock.sleep(max(seconds, 0.001))
            return
        for key, _mask in self._waiting.select(seconds):
            self._pull(key.data)

    def _pull(self, container: str) -> None:
        item = self._followed[container]
        reader = item.reader
        if reader is None:
            return
        try:
            lines = reader.take()
        except EngineError as error:
            self.tell(why_unreadable(item.queue.origin.name, error))
            self._hang_up(item)
            return
        if item.resume:
            lines = item.resume(lines)
            if item.resume.gap and item.bounded:
                # More was written meanwhile than the overlap holds: ask again, from the mark.
                self._hang_up(item)
                self._read_on(container, item)
                return
        item.queue.add(lines)
        if reader.ended:
            self._hang_up(item)
            if item.again:
                item.again = False
                self._read_on(container, item)

    def _hear(self) -> None:
        while not self._happened.empty():
            event = self._happened.get()
            if event not in self._seen:  # a stream that is opened anew tells its last second once more
                self._seen.append(event)
                self._react(event)
        if self._events is not None and self._events.poll() is None:
            return
        # The stream of events ends by itself from time to time, and when the engine goes.
        try:
            self.listen()
            containers = self._engine.containers(self._project)
        except EngineError:
            if not self._away:
                self.tell("the Docker engine has gone; waiting for it")
            self._away = True
            self._stop_listening()
            self._clock.sleep(AGAIN)
            return
        if self._away:
            self._away = False
            self.tell("the Docker engine is back")
        for container in containers:
            known = self._followed.get(container.id)
            if known is None and (not self._services or container.service in self._services):
                self._open(container, None)
            elif known is not None and known.reader is None and container.running:
                self._read_on(container.id, known)

    def _react(self, event: EngineEvent) -> None:
        known = self._followed.get(event.container)
        if event.action == "start":
            if known is None:
                self._look(event.container)
            elif known.reader is not None:
                known.again = True
            else:
                self._read_on(event.container, known)
        elif event.action == "die" and known is not None:
            self.tell(f"{known.queue.origin.name} has stopped{self._code(event.container)}")

    def _code(self, container: str) -> str:
        """Give the exit code of a container as words; nothing where it runs again already, or is gone."""
        with suppress(EngineError):
            for found in self._engine.inspect([container]):
                return "" if found.running else f" with exit code {found.exit_code}"
        return ""

    def _look(self, container: str) -> None:
        """Find out whose container this is, and follow it where it is wanted."""
        with suppress(EngineError):
            for found in self._engine.inspect([container]):
                if not self._services or found.service in self._services:
                    self.tell(f"{origin_of(found).name} is new: following it")
                    self._open(found, None)

    def _open(self, container: Container, mark: Mark | None) -> None:
        queue = Queue(origin_of(container), read_line_of(container.image, dict(container.labels)))
        item = Followed(queue)
        self._followed[container.id] = item
        queue.seen(mark)
        with suppress(EngineError):
            self._read(container.id, item, mark, tail=OVERLAP_LINES if mark else None)

    def _read(self, container: str, item: Followed, mark: Mark | None, tail: int | None) -> None:
        since = "" if mark is None or tail else nanoseconds(mark.stamp)
        item.resume, item.bounded = Resume(mark), tail is not None
        item.reader = self._engine.logs(container, LogQuery(since=since, tail=tail, follow=True))
        self._waiting.register(item.reader, selectors.EVENT_READ, container)

    def _hang_up(self, item: Followed) -> None:
        if item.reader is not None:
            self._waiting.unregister(item.reader)
            item.reader.close()
            item.reader = None

    def _read_on(self, container: str, item: Followed) -> None:
        with suppress(EngineError):
            self._read(container, item, item.queue.mark, tail=None)

    def _stop_listening(self) -> None:
        if self._events is not None:
            self._events.stop()
            self._events = None

    def _close(self) -> None:
        for item in self._followed.values():
            if item.reader is not None:
                item.reader.close()
        self._stop_listening()
        self._waiting.close()


def nanoseconds(stamp: bytes) -> str:
    """Give a stamp as the engine takes it for `since`: seconds and nanoseconds since 1970."""
    from datetime import datetime

    text = stamp.decode()
    try:
        moment = datetime.fromisoformat(f"{text[:19]}+00:00")
    except ValueError:
        return unix(None)
    return f"{int(moment.timestamp())}.{text[20:29]}"
