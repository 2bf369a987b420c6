"""Merging the logs of many containers by time, from their beginning to their end, in little memory."""

from __future__ import annotations

import selectors
from collections.abc import Callable, Iterator, Sequence, Set
from typing import TYPE_CHECKING, NamedTuple

from stackctl.logs.source import KEY, Line, Queue

if TYPE_CHECKING:
    from stackctl.engine.door import LogReader

MOST_HELD = 24 * 1024 * 1024  # bytes that wait to be merged, of all sources together
LEAST_HELD = 128 * 1024  # of one source
MOST_LINES = 40_000  # of all together: a line costs about 200 bytes besides its text
BATCH = 2000
# While a long log comes in small portions: each wakes this process up, and one that is not waiting wakes nobody. The
# socket holds what is written in 5 ms, so the engine is not held up by 2.
REST = 0.002  # seconds
FEW = 100  # lines


class Feed(NamedTuple):
    """A log that is being read, and where its lines wait."""

    reader: LogReader
    queue: Queue


def merged(
    feeds: Sequence[Feed], refused: Callable[[Feed, Exception], None], rest: Callable[[float], None]
) -> Iterator[list[Line]]:
    """Give all lines in the order of time, in batches; lines of one source keep their own order.

    A source that is ahead of the others is not read on until they have caught up, so memory stays bounded. A log that
    cannot be read is told to `refused` and left out. `rest` waits so many seconds.
    """
    share = max(LEAST_HELD, MOST_HELD // max(1, len(feeds)))
    most_lines = max(200, MOST_LINES // max(1, len(feeds)))
    live = set(range(len(feeds)))
    begun = False
    paused: list[int] = []
    with selectors.DefaultSelector() as waiting:
        for index, feed in enumerate(feeds):
            waiting.register(feed.reader, selectors.EVENT_READ, index)
        while live:
            came = 0
            for key, _events in waiting.select():
                feed = feeds[key.data]
                before = len(feed.queue.lines)
                going_on = _pull(feed, refused)
                came += len(feed.queue.lines) - before
                if not going_on:
                    waiting.unregister(feed.reader)
                    feed.reader.close()
                    live.discard(key.data)
                elif _full(feed, share, most_lines):
                    waiting.unregister(feed.reader)
                    paused.append(key.data)
            if begun and came < FEW:
                rest(REST)
            if not paused and sum(len(feed.queue.lines) for feed in feeds) < BATCH:
                continue
            begun = True
            batch = _ready(feeds, live)
            if batch:
                yield batch
            elif waiting.get_map():
                continue  # somebody is behind: read on there
            resumed = [index for index in paused if not _full(feeds[index], share, most_lines)]
            if not resumed and not waiting.get_map():
                # Everyone is ahead and nobody behind: one line is longer than the share, or all lines have one stamp.
                # Reading on is the only way out.
                resumed, share, most_lines = list(paused), share * 2, most_lines * 2
            for index in resumed:
                waiting.register(feeds[index].reader, selectors.EVENT_READ, index)
                paused.remove(index)
    left = in_order([feed.queue.take_all() for feed in feeds])
    if left:
        yield left


def in_order(parts: Sequence[list[Line]]) -> list[Line]:
    """Give the lines of several sources by time; where stamps are the same the order of the sources decides."""
    if len(parts) == 1:
        return parts[0]
    # Each part is in order already: what sorting costs here is little more than merging.
    return sorted((line for part in parts for line in part), key=KEY)


def _pull(feed: Feed, refused: Callable[[Feed, Exception], None]) -> bool:
    """Read what is there; False at the end."""
    from stackctl.engine.stream import ApiRefused

    try:
        feed.queue.add(feed.reader.take())
    except ApiRefused as error:
        refused(feed, error)
        return False
    return not feed.reader.ended


def _full(feed: Feed, share: int, most_lines: int) -> bool:
    return feed.queue.held > share or len(feed.queue.lines) > most_lines


def _ready(feeds: Sequence[Feed], live: Set[int]) -> list[Line]:
    """Give what can be given: lines before the earliest of the last ones: no source can come with an earlier one."""
    if any(not feeds[index].queue.lines for index in live):
        return []
    bound = min((feeds[index].queue.lines[-1][0] for index in live), default=b"\xff")
    return in_order([feed.queue.take_before(bound, ended=index not in live) for index, feed in enumerate(feeds)])
