"""Lines that `logs --json` or `--export` wrote, read back as what they were."""

from __future__ import annotations

from typing import Any

import orjson

from stackctl.engine.logstream import ENGINE, ERR, OUT, RawLine
from stackctl.logs.source import Origin
from stackctl.services.lines.parsed import RANKS, Parsed
from stackctl.services.lines.plain import plain

_STREAMS = {"stdout": OUT, "stderr": ERR, "engine": ENGINE}
_KEYS = frozenset({"time", "service", "stream", "level", "message", "fields", "trace_id"})


def is_exported(raw: bytes) -> bool:
    """Say whether a line is one of ours."""
    return _object(raw) is not None


def origin_and_line(raw: bytes) -> tuple[Origin, RawLine] | None:
    """Give where a line came from, and the line itself; None for one that is not ours."""
    value = _object(raw)
    if value is None:
        return None
    number = value.get("instance")
    origin = Origin(str(value["service"]), str(value.get("container") or ""), number if isinstance(number, int) else 1)
    return origin, (str(value["time"] or "").encode(), _STREAMS.get(str(value["stream"]), OUT), raw)


def read_exported(raw: bytes) -> Parsed:
    """Read a line of ours."""
    value = _object(raw)
    if value is None:
        return plain(raw.decode("utf-8", "replace"))
    fields = value["fields"]
    level = value["level"]
    return Parsed(
        level if level in RANKS else "",
        str(value["message"] or ""),
        fields if isinstance(fields, dict) else {},
        value.get("own_time"),
        str(value["trace_id"] or ""),
    )


def _object(raw: bytes) -> dict[str, Any] | None:
    if raw[:1] != b"{":
        return None
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) and value.keys() >= _KEYS else None
