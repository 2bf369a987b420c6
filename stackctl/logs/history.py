"""What is there: the logs of containers as they stand, merged. Bounds go to the engine where it is quick with them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from stackctl.engine.logstream import LogQuery
from stackctl.logs.merge import Feed, merged
from stackctl.logs.source import Queue, origin_of, read_line_of

if TYPE_CHECKING:
    from stackctl.engine.door import Engine
    from stackctl.engine.values import Container
    from stackctl.logs.request import LogRequest
    from stackctl.logs.source import Line, Mark
    from stackctl.workspace.clock import Clock

# A record may be a stack trace: the last N records are read from somewhat more lines.
TRACE_LINES = 100


class History:
    """One look at the logs of some containers; afterwards `marks` says where each was left, for following."""

    def __init__(self, engine: Engine, clock: Clock, request: LogRequest, refused: Callable[[str], None]) -> None:
        self._engine = engine
        self._clock = clock
        self._request = request
        self._refused = refused
        self._queues: dict[str, Queue] = {}

    def batches(self, containers: Sequence[Container]) -> Generator[list[Line]]:
        """Give all lines in the order of time. What cannot be read is told once, by the container's name."""
        feeds = [self._feed(container) for container in containers]
        try:
            yield from merged(feeds, self._refuse, self._clock.sleep)
        finally:
            for feed in feeds:
                feed.reader.close()

    @property
    def marks(self) -> dict[str, Mark]:
        """Give, by container, where reading stopped."""
        return {key: queue.mark for key, queue in self._queues.items() if queue.mark}

    def _feed(self, container: Container) -> Feed:
        queue = Queue(origin_of(container), read_line_of(container.image, dict(container.labels)))
        self._queues[container.id] = queue
        return Feed(self._engine.logs(container.id, query_of(self._request, container)), queue)

    def _refuse(self, feed: Feed, error: Exception) -> None:
        self._refused(why_unreadable(feed.queue.origin.name, error))


def why_unreadable(name: str, error: Exception) -> str:
    """Give the sentence for a log that the engine does not give."""
    text = str(error)
    if "does not support reading" in text:
        return f"{name}: its log driver cannot be read; use json-file or local, or Engine 20.10 with its dual logging"
    if getattr(error, "status", 0) == 404:
        return f"{name}: the container is gone"
    return f"{name}: {text}"


def query_of(request: LogRequest, container: Container) -> LogQuery:
    """Give what to ask the engine for."""
    since = container.started if request.last_start else request.since
    tail: int | None = None
    if request.selection.everything and not request.context and not (since or request.until):
        counts = [count for count in (request.tail, request.tail_each) if count is not None]
        tail = min(counts) + TRACE_LINES if counts else None
    only = request.selection.stderr
    return LogQuery(since=unix(since), until=unix(request.until), tail=tail, streams="err" if only else "both")


def unix(moment: datetime | None) -> str:
    """Give a moment as the engine takes it: seconds and nanoseconds since 1970."""
    return f"{moment.timestamp():.9f}" if moment else ""
