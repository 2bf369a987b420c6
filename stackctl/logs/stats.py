"""Counting records: per service lines, errors and warnings by minute, and the most frequent messages."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackctl.services.lines.parsed import RANKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackctl.logs.record import Record

# What differs from line to line: ids, addresses, durations, numbers.
_VARIABLE = re.compile(
    r"\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\b|\b(?=[0-9a-f]*\d)[0-9a-f]{12,}\b|0x[0-9a-fA-F]+"
    r"|\d+(?:[.:]\d+)*(?:ns|µs|ms|s|m|h|kB|MB|GB|B)?\b|\d+"
)
MOST_MESSAGES = 20_000
LONGEST = 200
_MINUTES = 10_000


def folded(message: str) -> str:
    """Give a message with its numbers and ids as `#`, so that those of one kind count together."""
    return _VARIABLE.sub("#", message.split("\n", 1)[0][:LONGEST])


@dataclass
class ServiceStats:
    """What one service said. `minutes`: errors and warnings by minute (`2026-08-22T10:00`)."""

    service: str
    lines: int = 0
    levels: Counter[str] = field(default_factory=Counter)
    first: str = ""
    last: str = ""
    minutes: dict[str, list[int]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """Give it for scripts."""
        return {
            "service": self.service,
            "lines": self.lines,
            "levels": {level: self.levels[level] for level in RANKS if self.levels[level]},
            "first": self.first or None,
            "last": self.last or None,
            "minutes": [
                {"minute": minute, "errors": errors, "warnings": warnings}
                for minute, (errors, warnings) in sorted(self.minutes.items())
            ],
        }


class Stats:
    """Takes records, keeps counts."""

    def __init__(self) -> None:
        self.services: dict[str, ServiceStats] = {}
        self._messages: Counter[tuple[str, str, str]] = Counter()

    def __call__(self, records: Sequence[Record]) -> None:
        """Count records."""
        for record in records:
            name, level = record.origin.service, record.parsed.level
            one = self.services.get(name)
            if one is None:
                one = self.services[name] = ServiceStats(name)
            stamp = record.stamp.decode("ascii", "replace")
            one.lines += 1
            one.levels[level] += 1
            one.first = one.first or stamp
            one.last = stamp or one.last
            if level in ("warn", "error", "fatal") and len(one.minutes) < _MINUTES:
                one.minutes.setdefault(stamp[:16], [0, 0])[level == "warn"] += 1
            self._messages[(name, level, folded(record.parsed.message))] += 1
        if len(self._messages) > MOST_MESSAGES:
            # The rare ones go: in a log of ever new messages none of them will be among the most frequent.
            self._messages = Counter(dict(self._messages.most_common(MOST_MESSAGES // 2)))

    def messages(self, count: int) -> list[dict[str, object]]:
        """Give the most frequent messages, the worse levels first where they are as frequent."""
        ordered = sorted(self._messages.items(), key=lambda item: (-item[1], -RANKS.get(item[0][1], -1), item[0]))
        return [
            {"count": number, "service": service, "level": level or None, "message": message}
            for (service, level, message), number in ordered[:count]
        ]


def chart(minutes: Sequence[int]) -> str:
    """Give counts as a row of bars, a space where nothing was."""
    bars = " ▁▂▃▄▅▆▇█"
    most = max(minutes, default=0)
    return "".join(bars[0 if not count else max(1, round(count / most * 8))] for count in minutes)
