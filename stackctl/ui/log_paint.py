"""Log records as text: aligned and coloured on a terminal, plain and complete in a pipe.

ANSI is written directly: one `Console.print` of rich for each line was ten times slower than the engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from stackctl.services.lines.formats import without_controls
from stackctl.ui.wrap import wrapped

if TYPE_CHECKING:
    from stackctl.logs.record import Record
    from stackctl.logs.source import Origin

RESET, DIM = "\x1b[0m", "\x1b[2m"
LEVELS = {
    "trace": DIM,
    "debug": "\x1b[2m",
    "info": "\x1b[32m",
    "warn": "\x1b[33m",
    "error": "\x1b[31m",
    "fatal": "\x1b[1;31m",
}
# No red, no yellow: those are levels.
SERVICES = ("\x1b[36m", "\x1b[35m", "\x1b[34m", "\x1b[32m", "\x1b[96m", "\x1b[95m", "\x1b[94m", "\x1b[92m")
# What says little while reading: where in the program, and what is the same in every line. `-v` shows all.
QUIET_FIELDS = frozenset(
    {
        *("logger", "caller", "source", "component", "ctx", "svc", "id", "role", "thread", "pid", "hostname", "v"),
        *("span_id", "trace_flags", "trace_sampled", "resource", "otelcol.component.kind", "otelcol.signal"),
        *("exception", "stack", "stacktrace", "stack_trace"),
    }
)
LONG_FIELDS = ("exception", "stack", "stacktrace", "stack_trace", "exc_info", "error.stack_trace")
MOST_FIELDS = 8
LONGEST_VALUE = 60
_MANY = 20_000


@dataclass(frozen=True)
class Look:
    """How to print. `width`: of the terminal, 0 for no limit. `link`: the page of a trace, `{id}` in it."""

    colour: bool = False
    width: int = 0
    cut: bool = False
    utc: bool = False
    verbose: bool = False
    pretty: bool = False
    full_time: bool = True
    collapse: bool = False
    marks: tuple[re.Pattern[str], ...] = ()
    link: str = ""


class Painter:
    """Turns records into lines. Learns the services as they come: the names stay aligned and keep their colour."""

    def __init__(self, look: Look, names: Iterable[str] = ()) -> None:
        self._look = look
        self._width = max((len(name) for name in names), default=0)
        # By identity, and with the origin itself: hashing one for each line took a tenth of the time of painting.
        self._heads: dict[int, tuple[Origin, str]] = {}
        self._blank = ""
        self._order: dict[str, str] = {}
        self._times: dict[bytes, str] = {}
        self._seconds: dict[bytes, str] = {}
        self._levels = {level: self._level(level) for level in ("", *LEVELS)}
        self._same: tuple[Record, int] | None = None
        for name in names:
            self._colour(name)

    def __call__(self, records: Sequence[Record]) -> str:
        """Give the records as text. With `collapse` the last one is kept back: it may be repeated."""
        if self._look.collapse:
            return "".join(self._collapsed(records))
        if self._look.width or self._look.marks or self._look.pretty:
            return "".join([self._line(record) for record in records])
        return "".join(self._usual(records))

    def flush(self) -> str:
        """Give what was kept back."""
        if self._same is None:
            return ""
        record, count = self._same
        self._same = None
        return self._line(record, count)

    def _collapsed(self, records: Sequence[Record]) -> Iterable[str]:
        for record in records:
            if self._same and _alike(self._same[0], record):
                self._same = (self._same[0], self._same[1] + 1)
                continue
            yield self.flush()
            self._same = (record, 1)

    def _usual(self, records: Sequence[Record]) -> list[str]:
        """Give lines without a width or marks: a large log in a pipe. One loop, as each call of a function counts."""
        dim, reset = (DIM, RESET) if self._look.colour else ("", "")
        heads, levels = self._heads, self._levels
        moment, time, lines = b"", "", []
        for record in records:
            stamp, origin, _stream, parsed, _raw = record
            level, message, fields, _time, trace = parsed
            if not message.isprintable():
                lines.append(self._line(record))
                continue
            if stamp[:23] != moment:
                moment = stamp[:23]
                time = f"{dim}{self._times.get(moment) or self._time(stamp)}{reset} "
            known = heads.get(id(origin))
            head = known[1] if known is not None else self._head(origin)
            if fields or trace:
                more = self._fields(fields, trace)
                lines.append(f"{time}{head}{levels[level]}{message}{dim}{more}{reset}\n")
            else:
                lines.append(f"{time}{head}{levels[level]}{message}\n")
        return lines

    def _line(self, record: Record, count: int = 1) -> str:
        stamp, origin, _stream, parsed, _raw = record
        level, message, fields, _time, trace = parsed
        time = self._times.get(stamp[:23]) or self._time(stamp)
        known = self._heads.get(id(origin))
        head = known[1] if known is not None else self._head(origin)
        more = self._fields(fields, trace) if fields or trace else ""
        times = f" ×{count}" if count > 1 else ""
        look = self._look
        if look.width or look.marks or look.pretty or not message.isprintable():
            return self._careful(record, (time, head), more, times)
        if not look.colour:
            return f"{time} {head}{self._levels[level]}{message}{more}{times}\n"
        end = f"{DIM}{more}{times}{RESET}" if more or times else ""
        return f"{DIM}{time}{RESET} {head}{self._levels[level]}{message}{end}\n"

    def _careful(self, record: Record, start: tuple[str, str], more: str, times: str) -> str:
        """Give a record that needs more than the usual: a width, marks, several lines."""
        look, parsed = self._look, record.parsed
        time, head = start
        first, *rest = without_controls(parsed.message).split("\n")
        column = len(time) + 1 + self._width + 9
        indent = " " * column
        room = max(20, look.width - column) if look.width else 0
        pieces = [(first, False), (more + times, True)]
        lines = wrapped(pieces, room, cut=look.cut)
        long = [str(parsed.fields[key]) for key in LONG_FIELDS if isinstance(parsed.fields.get(key), str)]
        for text in (*rest, *(line for value in long for line in without_controls(value).split("\n"))):
            lines += wrapped([(text.expandtabs(4), True)], room, cut=look.cut)
        if look.pretty:
            lines += [[(line, True)] for line in _pretty(parsed.fields)]
        shown = [self._linked(self._pieces(line), parsed.trace_id) for line in lines]
        level = self._levels[parsed.level]
        opening = f"{DIM}{time}{RESET} {head}{level}" if look.colour else f"{time} {head}{level}"
        return opening + f"\n{indent}".join(shown).rstrip(" ") + "\n"

    def _pieces(self, pieces: Sequence[tuple[str, bool]]) -> str:
        marked = [(self._marked(text), dim) for text, dim in pieces if text]
        if not self._look.colour:
            return "".join(text for text, _dim in marked)
        return "".join(f"{DIM}{text}{RESET}" if dim else text for text, dim in marked)

    def _marked(self, text: str) -> str:
        if self._look.colour:
            for pattern in self._look.marks:
                text = pattern.sub(lambda match: f"\x1b[7m{match[0]}\x1b[27m" if match[0] else "", text)
        return text

    def _fields(self, fields: Mapping[str, Any], trace: str) -> str:
        if self._look.pretty:  # the fields stand below, the trace is none of them
            return self._trace(trace) if trace else ""
        if self._look.verbose:
            text = "".join([f" {key}={_quoted(_text(value))}" for key, value in fields.items()])
            return text + self._trace(trace) if trace else text
        text, count = "", 0
        for key, value in fields.items():
            if key in QUIET_FIELDS:
                continue
            count += 1
            if count > MOST_FIELDS:
                text += " …"
                break
            # Numbers and short words, the usual values, in as few steps as can be.
            kind = type(value)
            if kind is int or (
                kind is str and 0 < len(value) <= LONGEST_VALUE and " " not in value and value.isprintable()
            ):
                text += f" {key}={value}"
            else:
                text += f" {key}={_quoted(_shortened(_text(value)))}"
        return text + self._trace(trace) if trace else text

    def _trace(self, trace: str) -> str:
        return f" trace={trace if self._look.verbose or not self._look.colour else trace[:8]}"

    def _linked(self, text: str, trace: str) -> str:
        """Make the trace id a link, after wrapping: the escape has no width."""
        shown = self._trace(trace)[1:] if trace and self._look.link else ""
        if not shown or shown not in text:
            return text
        url = self._look.link.replace("{id}", trace)
        return text.replace(shown, f"\x1b]8;;{url}\x1b\\{shown}\x1b]8;;\x1b\\")

    def _time(self, stamp: bytes) -> str:
        if len(self._times) > _MANY:
            self._times.clear()
            self._seconds.clear()
        second = self._seconds.get(stamp[:19])
        if second is None:
            second = self._seconds[stamp[:19]] = self._second(stamp)
        text = f"{second}{stamp[19:23].decode()}" + ("Z" if self._look.full_time and self._look.utc else "")
        self._times[stamp[:23]] = text
        return text

    def _second(self, stamp: bytes) -> str:
        text = stamp[:19].decode("ascii", "replace")
        if not self._look.utc:
            with suppress(ValueError, OverflowError):
                text = datetime.fromisoformat(f"{text}+00:00").astimezone().isoformat()[:19]
        text = text.ljust(19)
        return text if self._look.full_time else text[11:19]

    def _head(self, origin: Origin) -> str:
        name = origin.name
        if len(name) > self._width:
            self._width = len(name)
            self._heads.clear()
        colour = self._colour(origin.service)
        text = f"{colour}{name:<{self._width}}{RESET}  " if self._look.colour else f"{name:<{self._width}}  "
        self._heads[id(origin)] = (origin, text)
        return text

    def _colour(self, service: str) -> str:
        if service not in self._order:
            self._order[service] = SERVICES[len(self._order) % len(SERVICES)]
        return self._order[service]

    def _level(self, level: str) -> str:
        word = f"{level.upper():<5}  "
        return f"{LEVELS[level]}{word}{RESET}" if self._look.colour and level else word


def _alike(one: Record, other: Record) -> bool:
    """Say whether two records say the same thing, each at its own time."""
    a, b = one.parsed, other.parsed
    return (
        a.message == b.message
        and one.origin == other.origin
        and a.level == b.level
        and a.trace_id == b.trace_id
        and (a.fields == b.fields or _telling(a.fields) == _telling(b.fields))
    )


def _telling(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Give the fields that are shown: two lines that look the same are the same to who reads them."""
    return {key: value for key, value in fields.items() if key not in QUIET_FIELDS}


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _quoted(text: str) -> str:
    text = text if text.isprintable() else _one_line(text)
    return f'"{text}"' if " " in text or not text else text


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is True or value is False or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int | float):
        return str(value)
    try:
        return orjson.dumps(value).decode("utf-8", "replace")
    except TypeError:
        return str(value)


def _one_line(text: str) -> str:
    return without_controls(text).replace("\n", "↵").replace("\t", " ")


def _pretty(fields: Mapping[str, Any]) -> list[str]:
    if not fields:
        return []
    try:
        return orjson.dumps(fields, option=orjson.OPT_INDENT_2).decode("utf-8", "replace").split("\n")
    except TypeError:
        return [str(dict(fields))]
