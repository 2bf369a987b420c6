"""zap's console lines, of Jaeger 2, the OpenTelemetry collector and FerretDB: time, level, place, message, fields.

The parts are separated by tabs: `2026-08-22T10:00:00.123Z<TAB>info<TAB>service.go:186<TAB>Ready<TAB>{"a": 1}`. Which of
name, place and fields are there differs; the time comes first, then the level.
"""

from __future__ import annotations

import re

import orjson

from stackctl.services.lines.objects import TRACE_KEYS, trace_of
from stackctl.services.lines.parsed import LEVELS, Parsed

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d|\d+\.\d+")
_PLACE = re.compile(r"[\w@.+/-]+\.go:\d+")


def zap_console(text: str) -> Parsed | None:
    """Read a line, None for anything else."""
    parts = text.split("\t")
    if len(parts) < 3 or not _TIME.match(parts[0]):
        return None
    level = LEVELS.get(parts[1].strip())
    if level is None:
        return None
    fields: dict[str, object] = {}
    rest = parts[2:]
    if rest[-1].startswith("{"):
        try:
            found = orjson.loads(rest[-1])
            fields = found if isinstance(found, dict) else {}
            rest = rest[:-1] if isinstance(found, dict) else rest
        except orjson.JSONDecodeError:
            pass
    while len(rest) > 1 and (_PLACE.fullmatch(rest[0]) or (len(rest) > 2 and _PLACE.fullmatch(rest[1]))):
        fields["caller" if _PLACE.fullmatch(rest[0]) else "logger"] = rest[0]
        rest = rest[1:]
    if len(rest) == 2:
        fields["logger"] = rest[0]
        rest = rest[1:]
    trace = next((fields.pop(key) for key in TRACE_KEYS if key in fields), None)
    return Parsed(level, " ".join(rest), fields, parts[0], trace_of(trace))
