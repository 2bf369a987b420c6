"""Log files as a source: what `--export` wrote, what docker printed, or any log; plain, gzip or zstd."""

from __future__ import annotations

import gzip
import heapq
import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import IO, cast

from stackctl.engine.logstream import OUT, RawLine
from stackctl.errors import ConfigError
from stackctl.logs.exported import origin_and_line, read_exported
from stackctl.logs.source import KEY, Line, Origin, Queue
from stackctl.logs.when import stamp_of
from stackctl.services.lines.formats import LineFormats, ReadLine, reader
from stackctl.services.lines.times import own_time
from stackctl.services.registry import drivers
from stackctl.workspace.codec import zstd

BATCH = 2000
LONGEST_LINE = 64 * 1024 * 1024
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_STAMPED = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?Z (.*)", re.DOTALL)
_COMPOSE = re.compile(rb"(?:\x1b\[[0-9;]*[mK])*([a-z0-9][\w.-]*?)-(\d+)\s+\|(?:\x1b\[0m)? ?(.*)", re.DOTALL)


def file_batches(paths: Sequence[Path], since: bytes = b"", until: bytes = b"") -> Generator[list[Line]]:
    """Give the lines of files, merged by time; `since` and `until` are stamps. Raises ConfigError."""
    for path in paths:
        _check(path)
    feeds = [_lines_of(path) for path in paths]
    lines = feeds[0] if len(feeds) == 1 else heapq.merge(*feeds, key=KEY)
    batch: list[Line] = []
    for line in lines:
        if (since and line[0] < since) or (until and line[0] > until):
            continue
        batch.append(line)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


@cache
def any_reader() -> ReadLine:
    """Give a reader that knows the shapes of every driver: a file does not say whose log it is."""
    known = [driver.lines() for driver in drivers().values() if driver.lines]
    texts = tuple(dict.fromkeys(form for formats in known for form in formats.texts))
    objects = drivers()["mongodb"].lines
    return reader(LineFormats(objects().objects, texts) if objects else LineFormats(texts=texts))


def _lines_of(path: Path) -> Iterator[Line]:
    """Give the records of one file; a line without a time of its own has that of the line before it."""
    name = path.name.split(".", 1)[0] or path.name
    queues: dict[Origin, Queue] = {}
    last = b""
    current: Queue | None = None
    for raw in _raw_lines(path):
        found = origin_and_line(raw)
        origin, line, read = (*found, read_exported) if found else (*_foreign(raw, name, last), any_reader())
        last = line[0] or last
        if origin not in queues:
            queues[origin] = Queue(origin, read)
        queue = queues[origin]
        if current is not None and current is not queue:
            yield from current.take_all()
        current = queue
        queue.add([(last, *line[1:])])
        if len(queue.lines) > 1:
            yield from queue.take_but_last()
    if current is not None:
        yield from current.take_all()


def _foreign(raw: bytes, name: str, last: bytes) -> tuple[Origin, RawLine]:
    """Give origin and line of a log that is not ours: docker's stamp and Compose's prefix are understood."""
    origin = Origin(name)
    prefixed = _COMPOSE.fullmatch(raw)
    if prefixed:
        origin, raw = Origin(prefixed[1].decode("utf-8", "replace"), "", int(prefixed[2])), prefixed[3]
    stamped = _STAMPED.fullmatch(raw)
    if stamped:
        fraction = (stamped[2] or b".")[1:].ljust(9, b"0")
        return origin, (stamped[1] + b"." + fraction + b"Z", OUT, stamped[3])
    moment = own_time(any_reader()(raw).time)
    return origin, (stamp_of(moment) if moment else last, OUT, raw)


def _raw_lines(path: Path) -> Iterator[bytes]:
    try:
        with _opened(path) as stream:
            while line := stream.readline(LONGEST_LINE):
                yield line.removesuffix(b"\n").removesuffix(b"\r")
    except (EOFError, gzip.BadGzipFile, zstd().ZstdError) as error:
        raise ConfigError(
            f"{path} is damaged or cut off: {error}", "what could be read is shown above", code="log-damaged"
        ) from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}", f"check it: ls -l {path}") from error


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as stream:
        head = stream.read(4)
    if head.startswith(_GZIP):
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if head == _ZSTD:
        return cast("IO[bytes]", zstd().open(path, "rb"))
    return path.open("rb")


def _check(path: Path) -> None:
    if path.is_dir():
        raise ConfigError(f"{path} is a folder, not a log", "name a file in it", code="no-log")
    if not path.exists():
        raise ConfigError(f"{path} does not exist", "correct the path", code="no-log")


def known_services(lines: Iterable[Line]) -> set[str]:
    """Give the services that lines come from."""
    return {line[1].service for line in lines}
