"""The log of one container as whole lines, each with the engine's time stamp and the stream that it was written to.

The engine sends frames: a head of eight bytes (1 standard output, 2 error output, 3 the engine's own complaint; the
length), then `STAMP TEXT`. A line of more than 16 KiB comes in several frames, each with a stamp of its own and only
the last with a line feed. A container with a terminal has no frames: plain lines, both streams in one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from struct import Struct
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode

if TYPE_CHECKING:
    from stackctl.engine.stream import ApiStream


OUT, ERR, ENGINE = 1, 2, 3
RawLine = tuple[bytes, int, bytes]
"""Stamp (RFC 3339 with nanoseconds, 30 bytes), stream, text without its line feed."""

LONGEST_LINE = 64 * 1024 * 1024  # what has no end is handed on in pieces of this size
_HEAD = Struct(">BxxxL")
_STAMP = 30
_PIECE = 16384


@dataclass(frozen=True)
class LogQuery:
    """What to read of a log. `since` and `until` are Unix seconds with nanoseconds as text, `tail` a count of lines."""

    since: str = ""
    until: str = ""
    tail: int | None = None
    follow: bool = False
    streams: Literal["both", "out", "err"] = "both"

    def path(self, container: str) -> str:
        """Give the path of the request."""
        words = {
            "stdout": int(self.streams != "err"),
            "stderr": int(self.streams != "out"),
            "timestamps": 1,
            "follow": int(self.follow),
            "tail": "all" if self.tail is None else self.tail,
        }
        bounds = {key: value for key, value in (("since", self.since), ("until", self.until)) if value}
        return f"/containers/{container}/logs?{urlencode(words | bounds)}"


class LogStream:
    """Reads a log. `take` never blocks; wait on `fileno`."""

    def __init__(self, api: ApiStream) -> None:
        self._api = api
        self._rest = b""
        self._framed: bool | None = None
        self._parts: dict[int, list[bytes]] = {}

    @property
    def ended(self) -> bool:
        """Say whether no more will come."""
        return self._api.ended

    def fileno(self) -> int:
        """Give the descriptor to wait on."""
        return self._api.fileno()

    def close(self) -> None:
        """Stop reading."""
        self._api.close()

    def take(self) -> list[RawLine]:
        """Give the lines that have come since. Raises ApiRefused (no such container, a driver that cannot be read)."""
        data = self._api.receive()
        if data:
            data = self._rest + data if self._rest else data
            if self._framed is None:
                self._framed = self._is_framed(data)
            lines = self._frames(data) if self._framed else self._plain(data)
        else:
            lines = []
        if self._api.ended:
            lines += self._left()
        return lines

    def _is_framed(self, data: bytes) -> bool:
        if "multiplexed" in self._api.content_type:
            return True
        # Engines before 23 say `raw` for both: a frame's head begins with 0 to 3 and three zero bytes, a stamp with 2.
        return data[0] <= ENGINE and data[1:4] == b"\0\0\0"

    def _frames(self, data: bytes) -> list[RawLine]:
        lines: list[RawLine] = []
        add = lines.append
        unpack = _HEAD.unpack_from
        parts = self._parts
        start, size = 0, len(data)
        while size - start >= 8:
            kind, length = unpack(data, start)
            begin = start + 8
            end = begin + length
            if end > size:
                break
            start = end
            # The usual line, in as few steps as can be: a whole one, with a stamp in UTC.
            if length > _STAMP and data[end - 1] == 10 and data[begin + _STAMP] == 32 and kind != ENGINE and not parts:
                add((data[begin : begin + _STAMP], kind, data[begin + _STAMP + 1 : end - 1]))
            elif length:
                self._part(data[begin:end], kind, lines)
        self._rest = data[start:]
        return lines

    def _part(self, frame: bytes, kind: int, lines: list[RawLine]) -> None:
        """Take a frame that is a piece of a line, or ends one."""
        if kind == ENGINE:  # without a stamp: what goes wrong while reading is told between the lines
            lines.append((b"", ENGINE, frame.rstrip(b"\n")))
            return
        stamp, text = _stamped(frame)
        held = self._parts.setdefault(kind, [stamp])
        held.append(text)
        if frame.endswith(b"\n") or len(held) * 16384 > LONGEST_LINE:
            del self._parts[kind]
            lines.append((held[0], kind, b"".join(held[1:]).removesuffix(b"\n")))

    def _plain(self, data: bytes) -> list[RawLine]:
        *whole, self._rest = data.split(b"\n")
        return [_plain_line(line) for line in whole]

    def _left(self) -> list[RawLine]:
        """Give what stands there without an end when the log ends."""
        left = [(held[0], kind, b"".join(held[1:])) for kind, held in self._parts.items()]
        self._parts = {}
        if self._rest and self._framed is False:
            left.append(_plain_line(self._rest))
        self._rest = b""
        return left


def _plain_line(line: bytes) -> RawLine:
    stamp, text = _stamped(line.removesuffix(b"\r"))
    pieces = [text[:_PIECE]]
    rest = text[_PIECE:]
    # With a terminal there are no frames: the stamps of the further pieces of a long line stand inside it.
    while rest:
        if rest[10:11] == b"T" and rest[_STAMP : _STAMP + 1] == b" ":
            rest = rest[_STAMP + 1 :]
        pieces.append(rest[:_PIECE])
        rest = rest[_PIECE:]
    return stamp, OUT, b"".join(pieces)


def _stamped(frame: bytes) -> tuple[bytes, bytes]:
    """Give stamp and text. The `local` driver stamps in the time zone of the engine: that becomes UTC."""
    stamp, _space, text = frame.partition(b" ")
    if len(stamp) == _STAMP and stamp.endswith(b"Z"):
        return stamp, text
    try:
        moment = datetime.fromisoformat(f"{stamp[:26].decode()}{stamp[29:].decode()}").astimezone(UTC)
    except ValueError:
        return b"", frame  # no stamp at all: the whole of it is text
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}{stamp[26:29].decode()}Z".encode(), text
