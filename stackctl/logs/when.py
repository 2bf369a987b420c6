"""Times as people give them to `--since` and `--until`: `5m`, `10:30`, `2026-08-22`, RFC 3339, Unix seconds."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo

from stackctl.errors import Misuse
from stackctl.stack.durations import seconds_of

LAST_START = "last-start"
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d)(\.\d+)?)?")
_EPOCH = re.compile(r"\d{9,11}(?:\.\d+)?")


def parse_when(text: str, now: datetime, zone: tzinfo | None = None) -> datetime:
    """Give the moment that a text means; `zone` is that of whoever typed it (None: this machine's).

    A clock time that has not come yet today is yesterday's. Raises Misuse.
    """
    word = text.strip().lower().removesuffix(" ago")
    if _EPOCH.fullmatch(word):
        return datetime.fromtimestamp(float(word), now.tzinfo)
    seconds = seconds_of(word.replace(" ", ""), -1.0)
    if seconds >= 0:
        try:
            return now - timedelta(seconds=seconds)
        except OverflowError:
            return datetime.min.replace(year=1970, tzinfo=now.tzinfo)
    here = now.astimezone(zone)
    try:
        clock = _CLOCK.fullmatch(word)
        if clock:
            hour, minute, second = (int(part or 0) for part in clock.groups()[:3])
            moment = here.replace(hour=hour, minute=minute, second=second, microsecond=_micros(clock[4]))
            return (moment if moment <= here else moment - timedelta(days=1)).astimezone(now.tzinfo)
        day = {"today": 0, "yesterday": 1}.get(word)
        if day is not None:
            return (here.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=day)).astimezone(
                now.tzinfo
            )
        moment = datetime.fromisoformat(text.strip())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=here.tzinfo)
        return moment.astimezone(now.tzinfo)
    except (ValueError, OverflowError) as error:
        raise Misuse(
            f"“{text}” is no time", "write for example 5m, 10:30, 2026-08-22, 2026-08-22T10:30:00Z or last-start"
        ) from error


def stamp_of(moment: datetime) -> bytes:
    """Give a moment in UTC as the engine stamps lines."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}000Z".encode()


def _micros(fraction: str | None) -> int:
    return int(float(fraction) * 1e6) if fraction else 0
