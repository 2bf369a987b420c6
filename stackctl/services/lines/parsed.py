"""What a log line says: level, message, fields, its own time, its trace. The words for levels, in one spelling."""

from __future__ import annotations

from typing import Any, NamedTuple

RANKS = {"trace": 0, "debug": 1, "info": 2, "warn": 3, "error": 4, "fatal": 5}
"""Every level by how bad it is. A line whose level nobody knows has an empty one."""

_SPELLINGS = {
    "trace": ("trace", "trce", "verbose", "finest", "finer", "silly", "debug5", "debug4", "debug3", "debug2"),
    "debug": ("debug", "dbug", "debg", "dbg", "fine", "d", "v"),
    "info": ("info", "information", "informational", "notice", "note", "inf", "log", "config", "http", "i"),
    "warn": ("warn", "warning", "wrn", "w"),
    "error": ("error", "err", "eror", "severe", "e"),
    "fatal": ("fatal", "critical", "crit", "panic", "dpanic", "alert", "emerg", "emergency", "ftl", "f", "c"),
}
LEVELS = {
    form: level for level, words in _SPELLINGS.items() for word in words for form in (word, word.upper(), word.title())
}
"""Spelling → level, for the three ways in which people write one."""


class Parsed(NamedTuple):
    """One line, read. `time` is the line's own, as it stands there; see `times.own_time`."""

    level: str
    message: str
    fields: dict[str, Any]
    time: Any = None
    trace_id: str = ""


def level_of(value: Any) -> str:
    """Give the level for a word or number that stands where a level stands, empty where it is none.

    Numbers are those of pino and bunyan (10 trace … 60 fatal); slog writes `INFO+2` for what lies between.
    """
    if isinstance(value, str):
        found = LEVELS.get(value)
        if found:
            return found
        word = value.strip().lower()
        head = word.rstrip("0123456789").rstrip("+-")
        return LEVELS.get(word) or LEVELS.get(head) or ""
    if isinstance(value, int | float) and 10 <= value <= 60:
        return ("trace", "debug", "info", "warn", "error", "fatal")[int(value) // 10 - 1]
    return ""
