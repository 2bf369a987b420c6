"""logfmt: `ts=… level=info msg="Starting" mode=server`, of Prometheus, Grafana, Loki, logrus and slog's text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackctl.services.lines.objects import parse_object

if TYPE_CHECKING:
    from stackctl.services.lines.parsed import Parsed

_PAIR = re.compile(r'([A-Za-z_@][\w.@/-]*)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?:\s+|$)')
_LEADING = re.compile(r'[A-Za-z_@][\w.@/-]*=(?:"|\S)')
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}
# A line of prose with one `a=b` in it is no logfmt: one of these must be there.
_TELLING = ("level=", "lvl=", "msg=", "ts=", "time=", "severity=")


def logfmt(text: str) -> Parsed | None:
    """Read a line of nothing but pairs, None for anything else."""
    if not _LEADING.match(text) or not any(word in text for word in _TELLING):
        return None
    fields: dict[str, object] = {}
    place = 0
    for match in _PAIR.finditer(text):
        if match.start() != place:
            return None
        place = match.end()
        value = match[2]
        if value[:1] == '"':
            value = value[1:-1]
            if "\\" in value:
                value = _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), value)
        fields[match[1]] = value
    if place != len(text):
        return None
    return parse_object(fields)
