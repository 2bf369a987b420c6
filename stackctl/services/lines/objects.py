"""Lines that are a JSON object: slog, zap, zerolog, pino, structlog, logrus, Python's JSON formatters, Jaeger 1."""

from __future__ import annotations

from typing import Any

from stackctl.services.lines.parsed import LEVELS, Parsed, level_of

LEVEL_KEYS = ("level", "severity", "lvl", "levelname", "log.level", "loglevel", "@l", "severity_text", "SeverityText")
MESSAGE_KEYS = ("message", "msg", "event", "@m", "body", "Body", "text", "log", "short_message", "error", "err")
TIME_KEYS = ("time", "ts", "timestamp", "@timestamp", "@t", "t", "asctime", "datetime", "Timestamp")
# The first is OpenTelemetry's (non-OTLP log formats); the others are what its agents and Datadog's write.
TRACE_KEYS = ("trace_id", "traceId", "traceID", "otelTraceID", "dd.trace_id", "TraceId")
_TRACES = frozenset(TRACE_KEYS)
_new = tuple.__new__


def parse_object(value: dict[str, Any]) -> Parsed:
    """Read an object; what is not level, message, time or trace stays as its fields. The object itself is used up."""
    # The names that most loggers use first, each in one step: this runs for every line.
    try:
        level, text, time = LEVELS[value["level"]], value["message"], value["time"]
    except (KeyError, TypeError):
        return _parse_any(value)
    if type(text) is not str or time is None or not _TRACES.isdisjoint(value):
        return _parse_any(value)
    del value["level"], value["message"], value["time"]
    # What a NamedTuple's own constructor does in Python, in one step.
    return _new(Parsed, (level, text, value, time, ""))


def trace_of(value: Any) -> str:
    """Give a trace id as text; zeros and `0` mean that there is none."""
    text = value if type(value) is str else "" if value is None else str(value)
    return text if text.strip("0") else ""


def _parse_any(value: dict[str, Any]) -> Parsed:
    pop = value.pop
    level = _first_level(value)
    message = pop("message", None)
    if message is None:
        message = _first(value, MESSAGE_KEYS)
    time = pop("time", None)
    if time is None:
        time = _first(value, TIME_KEYS)
    trace = pop("trace_id", None)
    if trace is None and not _TRACES.isdisjoint(value):
        trace = _first(value, TRACE_KEYS)
    text = message if type(message) is str else _text(message)
    return Parsed(level, text, value, time, "" if trace is None else trace_of(trace))


def _first(value: dict[str, Any], keys: tuple[str, ...]) -> Any:
    for key in keys:
        if key in value:
            return value.pop(key)
    return None


def _first_level(value: dict[str, Any]) -> str:
    for key in LEVEL_KEYS:
        if key in value:
            level = level_of(value[key])
            if level:
                del value[key]
                return level
    return ""


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str | int | float | bool):
        return str(value)
    from orjson import dumps

    return dumps(value).decode("utf-8", "replace")
