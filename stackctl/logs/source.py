"""One container as a source of lines: who it is, how its lines read, and what of them waits to be merged."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from stackctl.logs.join import GAP_SECONDS, LONGEST_RECORD, MOST_BYTES, continues, seconds_between
from stackctl.services.lines.formats import LineFormats, ReadLine, reader
from stackctl.services.registry import driver_for

if TYPE_CHECKING:
    from stackctl.engine.logstream import RawLine
    from stackctl.engine.values import Container

KEY = itemgetter(0)


@dataclass(frozen=True)
class Origin:
    """Where lines come from: Compose's service, the container, and its number among those of the service."""

    service: str
    container: str = ""
    number: int = 1
    id: str = ""

    @property
    def name(self) -> str:
        """Give the short name: `core`, and `core-2` for a further container of it."""
        return self.service if self.number == 1 else f"{self.service}-{self.number}"


Line = tuple[bytes, Origin, int, bytes, ReadLine]
"""Sort key (the stamp), origin, stream, text (several lines where they are one record), how to read it."""


def origin_of(container: Container) -> Origin:
    """Give the origin that a container is."""
    return Origin(container.service or container.name, container.name, container.number, container.id)


def read_line_of(image: str, labels: dict[str, str]) -> ReadLine:
    """Give the function that reads lines of a service: its driver's shapes, else the common ones."""
    lines = driver_for(image, labels).lines
    return reader(lines() if lines else LineFormats())


LOOK_BACK = 256


class Mark(NamedTuple):
    """Where reading stopped: the last stamp, and how many lines with this stamp or a later one have been read.

    More than one has it where lines come in one moment, and where the engine's clock went back.
    """

    stamp: bytes
    lines: int


class Queue:
    """The lines of one source that wait to be merged, joined to records. The last one stays until its end is known."""

    def __init__(self, origin: Origin, read: ReadLine) -> None:
        self.origin = origin
        self.read = read
        self.lines: list[Line] = []
        self.held = 0  # bytes
        self._open: list[bytes] = []  # the lines of the last record, where it has more than one
        self._last = b""
        self._stamps: deque[bytes] = deque(maxlen=LOOK_BACK)

    @property
    def mark(self) -> Mark | None:
        """Say where reading stopped, None before the first line."""
        if not self._stamps:
            return None
        last = self._stamps[-1]
        return Mark(last, sum(stamp >= last for stamp in self._stamps))

    def seen(self, mark: Mark | None) -> None:
        """Learn what was read of this source before."""
        if mark:
            self._stamps.extend([mark.stamp] * mark.lines)

    def add(self, raw: list[RawLine]) -> None:
        """Take lines in the order in which the engine gives them."""
        lines, origin, read, last = self.lines, self.origin, self.read, self._last
        self._stamps.extend([line[0] for line in raw[-LOOK_BACK:] if line[0]])
        held = 0
        for stamp, stream, text in raw:
            held += len(text)
            # JSON begins no continuation: the usual case goes first and asks no more.
            if text[:1] != b"{" and lines and self._joins(stamp, stream, text):
                continue
            if self._open:
                self._close()
            # A clock that went back must not turn the lines of one container around.
            if stamp > last:  # noqa: PLR1730 - a call of max() for each line is a tenth of this loop
                last = stamp
            lines.append((last, origin, stream, text, read))
        self.held += held
        self._last = last

    def take_before(self, bound: bytes, *, ended: bool = False) -> list[Line]:
        """Give and forget the lines whose key is below the bound; the last one only where the source has `ended`."""
        if ended and self._open:
            self._close()
        return self._take(min(bisect_left(self.lines, bound, key=KEY), len(self.lines) - (not ended)))

    def take_but_last(self) -> list[Line]:
        """Give and forget all lines whose record is at its end."""
        return self._take(len(self.lines) - 1)

    def take_upto(self, bound: bytes) -> list[Line]:
        """Give and forget the lines whose key is at most the bound, the last one too."""
        if self._open:
            self._close()
        return self._take(bisect_right(self.lines, bound, key=KEY))

    def take_all(self) -> list[Line]:
        """Give and forget every line."""
        if self._open:
            self._close()
        return self._take(len(self.lines))

    def _take(self, count: int) -> list[Line]:
        if count <= 0:
            return []
        taken = self.lines[:count]
        del self.lines[:count]
        self.held -= sum([len(line[3]) for line in taken])
        return taken

    def _joins(self, stamp: bytes, stream: int, text: bytes) -> bool:
        key, _origin, before, head, _read = self.lines[-1]
        if before != stream or seconds_between(key, stamp) > GAP_SECONDS:
            return False
        record = b"\n".join(self._open) if self._open else head
        if len(self._open) >= LONGEST_RECORD or len(record) > MOST_BYTES or not continues(record, text):
            return False
        self._open = [*(self._open or [head]), text]
        return True

    def _close(self) -> None:
        """Put the lines of the last record together."""
        key, origin, stream, _head, read = self.lines[-1]
        # Empty lines at the end belong to nobody: they were kept in case a second trace followed.
        while len(self._open) > 1 and not self._open[-1]:
            self._open.pop()
        self.lines[-1] = (key, origin, stream, b"\n".join(self._open), read)
        self._open = []
