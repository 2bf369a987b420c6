"""What Python servers write: uvicorn, gunicorn, OpenTelemetry's log correlation, and logging's usual layouts."""

from __future__ import annotations

import re

from stackctl.services.lines.objects import trace_of
from stackctl.services.lines.parsed import LEVELS, Parsed

_WORD = r"(TRACE|DEBUG|INFO|WARNING|WARN|ERROR|CRITICAL|FATAL)"
_UVICORN = re.compile(rf"{_WORD}:\s+(.*)", re.DOTALL)
_ACCESS = re.compile(r'(\S+) - "(\S+) (\S+) HTTP/[\d.]+" (\d{3})')
_GUNICORN = re.compile(rf"\[(\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{{4}})\] \[(\d+)\] \[{_WORD}\] (.*)", re.DOTALL)
_OTEL = re.compile(
    rf"(\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d,\d{{3}}) {_WORD} \[([^\]]*)\] \[([^\]]*)\] "
    r"\[trace_id=(\w*) span_id=(\w*) resource\.service\.name=([^\]]*?)(?: trace_sampled=(\w+))?\] - (.*)",
    re.DOTALL,
)
_LOGGING = re.compile(
    rf"(\d{{4}}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[,.]\d+)?)\s+(?:- )?(?:([\w.]+) - )?\[?{_WORD}\]?:?\s+(?:- )?(.*)",
    re.DOTALL,
)
_BASIC = re.compile(rf"{_WORD}:([\w.]+):(.*)", re.DOTALL)


def uvicorn(text: str) -> Parsed | None:
    """Read `INFO:     message`; the status of a request raises the level, as 5xx is no information."""
    match = _UVICORN.fullmatch(text)
    if not match:
        return None
    level, message = LEVELS[match[1]], match[2]
    access = _ACCESS.match(message)
    if not access:
        return Parsed(level, message, {})
    client, method, path, status = access.groups()
    level = "error" if status[0] == "5" else "warn" if status[0] == "4" else level
    return Parsed(level, f"{method} {path} {status}", {"client": client})


def gunicorn(text: str) -> Parsed | None:
    """Read `[2026-08-22 10:00:00 +0000] [1] [INFO] message`."""
    match = _GUNICORN.fullmatch(text)
    return Parsed(LEVELS[match[3]], match[4], {"pid": match[2]}, match[1]) if match else None


def otel_python(text: str) -> Parsed | None:
    """Read the layout of opentelemetry-instrumentation-logging; `trace_id=0` stands where there is no span."""
    match = _OTEL.fullmatch(text)
    if not match:
        return None
    fields = {"logger": match[3], "caller": match[4]}
    if trace_of(match[6]):
        fields["span_id"] = match[6]
    return Parsed(LEVELS[match[2]], match[9], fields, match[1], trace_of(match[5]))


def python_logging(text: str) -> Parsed | None:
    """Read `2026-08-22 10:00:00,123 - name - INFO - message` and its kin, and basicConfig's `INFO:name:message`."""
    match = _LOGGING.fullmatch(text)
    if match:
        return Parsed(LEVELS[match[3]], match[4], {"logger": match[2]} if match[2] else {}, match[1])
    match = _BASIC.fullmatch(text)
    return Parsed(LEVELS[match[1]], match[3], {"logger": match[2]}) if match else None
