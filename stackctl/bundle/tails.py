"""The last lines of each container for a bundle, and of those that are gone: bounded, each line an object."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import orjson

from stackctl.errors import EngineError
from stackctl.logs.history import History
from stackctl.logs.json_lines import json_lines
from stackctl.logs.previous import kept
from stackctl.logs.record import hide, read_all
from stackctl.logs.request import LogRequest
from stackctl.logs.source import Line

if TYPE_CHECKING:
    from pathlib import Path

    from stackctl.bundle.subject import Sight
    from stackctl.engine.values import Container

LINES = 2000
MOST_EACH = 2 * 1024 * 1024  # bytes of one log
MOST_ALL = 24 * 1024 * 1024  # of all together
LEAST_EACH = 64 * 1024
MOST_HELD = 16 * 1024 * 1024
LONGEST_MESSAGE = 32 * 1024

Rows = list[dict[str, Any]]


def last_lines(sight: Sight, container: Container, share: int) -> Rows:
    """Give the last lines of a container in at most `share` bytes, as `logs --json` gives them. Raises EngineError."""
    refused: list[str] = []
    history = History(sight.world.engine, sight.world.clock, LogRequest(tail=LINES), refused.append)
    lines, held = deque[Line](), 0
    for batch in history.batches([container]):
        lines.extend(batch)
        held += sum(len(line[3]) for line in batch)
        while held > MOST_HELD:  # lines of megabytes: the last ones count
            held -= len(lines.popleft()[3])
    if refused:
        raise EngineError(refused[0])
    return _bounded(json_lines(hide(read_all(list(lines)), sight.world.mask)), share)


def previous_lines(sight: Sight) -> dict[str, Rows]:
    """Give the last lines of containers that `up`, `restart` or `down` removed, by the container's name."""
    paths = kept(sight.world, sight.target.root, sight.target.project)
    share = share_of(len(paths))
    return {path.name.removesuffix(".jsonl"): _read(sight, path, share) for path in paths}


def share_of(count: int) -> int:
    """Give the bytes that each of so many logs may take."""
    return max(LEAST_EACH, min(MOST_EACH, MOST_ALL // max(1, count)))


def _read(sight: Sight, path: Path, share: int) -> Rows:
    return _bounded(sight.world.files.read(path) or b"", share)


def _bounded(data: bytes, share: int) -> Rows:
    """Give the last rows; a message that is too long for a bundle is cut, and says so."""
    rows: Rows = []
    for line in reversed(data.splitlines()):
        row = _row(line)
        if row is not None:
            share -= min(len(line), LONGEST_MESSAGE)
            if share < 0:
                break
            rows.append(row)
    return rows[::-1]


def _row(line: bytes) -> dict[str, Any] | None:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(row, dict):
        return None
    if len(line) > LONGEST_MESSAGE:
        row["message"] = f"{str(row.get('message'))[:LONGEST_MESSAGE]} … (cut: {len(line)} bytes)"
        row["fields"] = {}
    return row
