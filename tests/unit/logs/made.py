"""Lines and sources for the tests of the logs room."""

from __future__ import annotations

from collections.abc import Sequence

from stackctl.engine.logstream import OUT, RawLine
from stackctl.logs.merge import Feed
from stackctl.logs.record import Record, read_all
from stackctl.logs.source import Line, Origin, Queue
from stackctl.services.lines.formats import LineFormats, reader
from tests.unit.fakes import FakeReader

READ = reader(LineFormats())


def stamp(millis: int) -> bytes:
    """Give a stamp so many milliseconds after ten o'clock."""
    seconds, rest = divmod(millis, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"2026-08-22T10:{minutes:02}:{seconds:02}.{rest:03}000000Z".encode()


def raw(millis: int, text: str | bytes = "x", stream: int = OUT) -> RawLine:
    return stamp(millis), stream, text.encode() if isinstance(text, str) else text


def feed(name: str, *portions: Sequence[RawLine]) -> Feed:
    return Feed(FakeReader([list(portion) for portion in portions]), Queue(Origin(name, name, 1, name), READ))


def line(millis: int, text: str | bytes = "x", *, service: str = "a", stream: int = OUT) -> Line:
    data = text.encode() if isinstance(text, str) else text
    return stamp(millis), Origin(service, f"shop-{service}-1", 1, service), stream, data, READ


def record(text: str | bytes, *, millis: int = 0, service: str = "a", stream: int = OUT) -> Record:
    return read_all([line(millis, text, service=service, stream=stream)])[0]
