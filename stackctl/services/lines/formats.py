"""Which shapes the lines of a service have, and reading a line by them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from stackctl.services.lines.klog import klog
from stackctl.services.lines.logfmt import logfmt
from stackctl.services.lines.objects import parse_object
from stackctl.services.lines.parsed import Parsed
from stackctl.services.lines.plain import plain
from stackctl.services.lines.python_logs import gunicorn, otel_python, python_logging, uvicorn
from stackctl.services.lines.zap import zap_console

TextFormat = Callable[[str], Parsed | None]
ObjectFormat = Callable[[dict[str, Any]], Parsed]
ReadLine = Callable[[bytes], Parsed]

# Cheap tests first; no line fits two of them.
COMMON: tuple[TextFormat, ...] = (logfmt, zap_console, uvicorn, klog, gunicorn, otel_python, python_logging)
_CONTROL = re.compile(
    r"\x1b\[[0-9;:?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.?|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)


@dataclass(frozen=True)
class LineFormats:
    """A service's own shapes: how its JSON objects read, and its kinds of text, tried before the common ones."""

    objects: ObjectFormat = parse_object
    texts: tuple[TextFormat, ...] = field(default=())


def reader(formats: LineFormats) -> ReadLine:
    """Give the function that reads a line of a service. It takes any bytes and never raises."""
    objects = formats.objects
    texts = (*formats.texts, *(form for form in COMMON if form not in formats.texts))
    loads = orjson.loads

    def read(raw: bytes) -> Parsed:
        if raw[:1] == b"{":
            try:
                value = loads(raw)
            except orjson.JSONDecodeError:
                value = None
            if type(value) is dict:
                return objects(value)
        if b"\n" in raw:
            return _record(raw, read)
        text = readable(raw)
        for form in texts:
            found = form(text)
            if found is not None:
                return found
        return plain(text)

    return read


def readable(raw: bytes) -> str:
    """Give text without colours and control codes; bytes that are no UTF-8 become replacement characters.

    Of a line that rewrites itself by carriage returns (a progress bar) the last state is given, as a terminal shows.
    """
    text = raw.decode("utf-8", "replace")
    if text.isprintable():
        return text
    return without_controls(text)


def without_controls(text: str) -> str:
    """Give text that moves no cursor: line feeds and tabs stay."""
    if "\r" in text:
        text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return _CONTROL.sub("", text)


def _record(raw: bytes, read: ReadLine) -> Parsed:
    """Read a record of several lines: the first says what it is, the others belong to its message."""
    first, _feed, rest = raw.partition(b"\n")
    head = read(first)
    return head._replace(message=f"{head.message}\n{readable(rest)}" if head.message else readable(rest))
