"""Durations as Compose and Go write them (`1m30s`, `250ms`), in seconds."""

from __future__ import annotations

import re

from stackctl.errors import Misuse

_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds_of(text: object, default: float) -> float:
    """Give a duration in seconds, the default where nothing readable is written. A bare number is seconds."""
    if isinstance(text, int | float):
        return float(text)
    if not isinstance(text, str) or not text:
        return default
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return default
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def parse_duration(text: str) -> float:
    """Give a duration that a user typed, in seconds. Raises Misuse for anything else."""
    value = seconds_of(text, -1.0)
    if value < 0:
        raise Misuse(f"“{text}” is no duration", "write for example 90s, 5m or 1h30m")
    return value


def human(seconds: float) -> str:
    """Give a duration for people: `840 ms`, `4.2 s`, `3 min 5 s`, `2 h 4 min`, `3 d`."""
    if round(seconds * 1000) < 1000:
        return f"{seconds * 1000:.0f} ms"
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours // 24} d"
