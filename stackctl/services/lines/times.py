"""The time that a line gives itself, whatever the shape. Without a zone it is taken as UTC: containers run in it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

_NUMBER = re.compile(r"\d{9,10}(?:\.\d+)?|\d{12,13}|\d{16}|\d{19}")
_LAYOUTS = (
    "%Y-%m-%d %H:%M:%S %z",
    "%d %b %Y %H:%M:%S.%f",
    "%Y/%m/%d %H:%M:%S.%f",
    "%Y/%m/%d %H:%M:%S",
    "%d/%b/%Y:%H:%M:%S %z",
    "%Y-%m-%dT%H:%M:%S.%f%z",
    "%Y-%m-%dT%H:%M:%S%z",
)


def own_time(value: Any) -> datetime | None:
    """Give the time in UTC, None where it is not one. Epoch numbers are seconds, milli-, micro- or nanoseconds."""
    if isinstance(value, dict):
        value = value.get("$date")
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        return _epoch(float(value))
    if not isinstance(value, str) or not value:
        return None
    try:
        return _utc(datetime.fromisoformat(value))
    except (ValueError, OverflowError):
        pass
    for layout in _LAYOUTS:
        try:
            return _utc(datetime.strptime(value, layout))
        except (ValueError, OverflowError):
            continue
    return None


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _epoch(number: float) -> datetime | None:
    for digits, divisor in ((11, 1), (14, 1e3), (17, 1e6), (20, 1e9)):
        if abs(number) < 10**digits:
            try:
                return datetime.fromtimestamp(number / divisor, UTC)
            except (ValueError, OverflowError, OSError):
                return None
    return None
