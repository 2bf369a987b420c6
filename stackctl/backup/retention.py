"""Which sets stay. Decides, removes nothing.

Only sets that passed the wanted check count, so that failed ones never push out good ones. Pinned sets, sets that have
not passed, sets from the future (the clock was changed) and the last one that passed stay whatever the rules say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stackctl.errors import ConfigError

if TYPE_CHECKING:
    from stackctl.backup.catalogue import Entry

_BUCKETS: Mapping[str, Callable[[datetime], str]] = {
    "hourly": lambda at: at.strftime("%Y-%m-%dT%H"),
    "daily": lambda at: at.strftime("%Y-%m-%d"),
    "weekly": lambda at: at.strftime("%G-W%V"),
    "monthly": lambda at: at.strftime("%Y-%m"),
}
RULES = ("last", *_BUCKETS)


@dataclass(frozen=True)
class Verdict:
    """What becomes of one set, and why."""

    entry: Entry
    stays: bool
    why: str


def rules_from(raw: Any) -> dict[str, int]:
    """Read `x-stackctl.backup.keep`. Raises ConfigError for anything but whole numbers under known words."""
    if not isinstance(raw, Mapping) or not raw:
        raise ConfigError(
            "there is no rule for how many sets stay", "write one: x-stackctl: {backup: {keep: {last: 3, daily: 7}}}"
        )
    for word, number in raw.items():
        if word not in RULES or not isinstance(number, int) or isinstance(number, bool) or number < 0:
            raise ConfigError(
                f"x-stackctl.backup.keep: “{word}: {number}” is no rule", f"the words are {', '.join(RULES)}"
            )
    if not any(raw.values()):
        raise ConfigError("x-stackctl.backup.keep would keep nothing", "keep at least one: {last: 1}")
    return dict(raw)


def judge(entries: Sequence[Entry], rules: Mapping[str, int], level: str, now: datetime) -> list[Verdict]:
    """Give the verdict on each set, the newest first."""
    counted = [item for item in sorted(entries, key=_at, reverse=True) if _counts(item, level, now)]
    reasons: dict[str, list[str]] = {}
    for item in counted[: rules.get("last", 0)]:
        reasons.setdefault(item.id, []).append("last")
    for word, bucket in _BUCKETS.items():
        seen: set[str] = set()
        for item in counted:
            name = bucket(_at(item))
            if name not in seen and len(seen) < rules.get(word, 0):
                seen.add(name)
                reasons.setdefault(item.id, []).append(word)
    if counted:
        reasons.setdefault(counted[0].id, []).append("the last one that passed")
    verdicts = []
    for item in sorted(entries, key=lambda item: item.id, reverse=True):
        why = _untouchable(item, level, now) or ", ".join(reasons.get(item.id, []))
        verdicts.append(Verdict(item, bool(why), why or "no rule keeps it"))
    return verdicts


def _counts(item: Entry, level: str, now: datetime) -> bool:
    return not _untouchable(item, level, now)


def _untouchable(item: Entry, level: str, now: datetime) -> str:
    if item.manifest is None:
        return "damaged: remove it by hand once nobody needs it"
    if item.pinned:
        return f"pinned: {item.pinned}"
    if _at(item) > now:
        return "from the future: the clock was changed"
    return "" if item.passed(level) else f"has not passed {level}"


def _at(item: Entry) -> datetime:
    return datetime.fromisoformat(item.manifest.created) if item.manifest else datetime.max.replace(tzinfo=UTC)
