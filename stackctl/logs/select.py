"""Which lines are wanted: by text, level, field, trace and stream."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stackctl.engine.logstream import ERR
from stackctl.errors import Misuse
from stackctl.services.lines.formats import readable
from stackctl.services.lines.parsed import RANKS
from stackctl.stack.durations import seconds_of

if TYPE_CHECKING:
    from stackctl.logs.record import Record
    from stackctl.logs.source import Line

_FIELD = re.compile(r"([\w.@/-]+)\s*(>=|<=|!=|=|>|<|~)\s*(.*)", re.DOTALL)


@dataclass(frozen=True)
class Condition:
    """`key op value` on a field; `~` is a regular expression."""

    key: str
    operator: str
    value: str
    pattern: re.Pattern[str] | None = None

    def holds(self, record: Record) -> bool:
        """Say whether it holds; a record without the field fails all but `!=`."""
        found = _field(record, self.key)
        if found is None:
            return self.operator == "!="
        text = found if isinstance(found, str) else _text(found)
        if self.pattern is not None:
            return bool(self.pattern.search(text))
        if self.operator in ("=", "!="):
            return (text == self.value) == (self.operator == "=")
        left, right = _number(text), _number(self.value)
        if left is None or right is None:
            return False
        return {">": left > right, "<": left < right, ">=": left >= right, "<=": left <= right}[self.operator]


@dataclass(frozen=True)
class Selection:
    """What is wanted. Empty: everything."""

    grep: tuple[re.Pattern[str], ...] = ()
    exclude: tuple[re.Pattern[str], ...] = ()
    level: str = ""
    fields: tuple[Condition, ...] = ()
    trace: str = ""
    stderr: bool = False

    @property
    def everything(self) -> bool:
        """Say whether no line is left out."""
        return self == Selection()

    def lines(self, lines: Sequence[Line]) -> Sequence[Line]:
        """Give those that are wanted as far as their text tells: the cheap half."""
        if self.stderr:
            lines = [line for line in lines if line[2] == ERR]
        if self.trace:
            wanted = self.trace.encode()
            lines = [line for line in lines if wanted in line[3].lower()]
        if self.grep:
            lines = [line for line in lines if _found(self.grep, line)]
        if self.exclude:
            lines = [line for line in lines if not _found(self.exclude, line)]
        return lines

    def records(self, records: list[Record]) -> list[Record]:
        """Give those that are wanted by what they say: the other half."""
        if self.level:
            bad = RANKS[self.level]
            enough = {level for level, rank in RANKS.items() if rank >= bad}
            records = [record for record in records if record.parsed.level in enough]
        for condition in self.fields:
            records = [record for record in records if condition.holds(record)]
        return records


def pattern(text: str, flag: str, *, ignore_case: bool) -> re.Pattern[str]:
    """Compile what was given to an option. Raises Misuse with the place and the reason."""
    try:
        return re.compile(text, re.IGNORECASE if ignore_case else 0)
    except re.error as error:
        place = "" if error.pos is None else f", at character {error.pos + 1}: {text[error.pos : error.pos + 20]}"
        raise Misuse(
            f"{flag} “{text}” is no regular expression: {error.msg}{place}",
            f"to search for the text as it is: {flag} '{re.escape(text)}'",
            code="bad-pattern",
        ) from error
    except (RecursionError, OverflowError) as error:
        raise Misuse(f"{flag}: this regular expression is too large", "make it simpler", code="bad-pattern") from error


def condition(text: str) -> Condition:
    """Read `key=value`. Raises Misuse."""
    match = _FIELD.fullmatch(text)
    if not match:
        raise Misuse(
            f"“{text}” is no condition on a field", "write for example status=500, duration_ms>100, path~^/api"
        )
    key, operator, value = match.groups()
    compiled = pattern(value, "--field", ignore_case=False) if operator == "~" else None
    if operator in (">", "<", ">=", "<=") and _number(value) is None:
        raise Misuse(f"--field {text}: “{value}” is no number", "compare with a number or a duration, or use = or ~")
    return Condition(key, operator, value, compiled)


def _found(patterns: tuple[re.Pattern[str], ...], line: Line) -> bool:
    raw = line[3]
    text = raw.decode("utf-8", "replace")
    if any(item.search(text) for item in patterns):
        return True
    if b"\\" in raw or b"\x1b" in raw:  # escapes and colours hide what a reader would see
        parsed = line[4](raw)
        texts = (readable(raw), parsed.message, *(item for item in parsed.fields.values() if isinstance(item, str)))
        return any(item.search(seen) for item in patterns for seen in texts)
    return False


_OWN: dict[str, Callable[[Record], Any]] = {
    "level": lambda record: record.parsed.level,
    "message": lambda record: record.parsed.message,
    "service": lambda record: record.origin.service,
    "container": lambda record: record.origin.container,
    "trace_id": lambda record: record.parsed.trace_id or None,
    "stream": lambda record: "stderr" if record.stream == ERR else "stdout",
}


def _field(record: Record, key: str) -> Any:
    if key in record.parsed.fields:
        return record.parsed.fields[key]
    if key in _OWN:
        return _OWN[key](record)
    value: Any = record.parsed.fields
    for part in key.split("."):
        if not isinstance(value, dict) or part not in value:
            return None
        value = value[part]
    return value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        seconds = seconds_of(text, -1.0)
        return seconds if seconds >= 0 else None
