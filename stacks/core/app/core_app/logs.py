"""Logs: one JSON object per line on stdout, with the trace it belongs to."""

import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

from opentelemetry.trace import format_span_id, format_trace_id, get_current_span

# What every record has; anything else came in through `extra=` and belongs into the line.
PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}
EXPORT_LOGGER = "opentelemetry"
EXPORT_PAUSE = 60.0


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {
            "time": time.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        span = get_current_span().get_span_context()
        if span.is_valid:
            line |= {"trace_id": format_trace_id(span.trace_id), "span_id": format_span_id(span.span_id)}
        line |= {key: value for key, value in vars(record).items() if key not in PLAIN}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


class Once(logging.Filter):
    """Lets one record through per pause: a missing collector is worth a line, not one for every batch of spans."""

    def __init__(self, pause: float, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._pause = pause
        self._clock = clock
        self._next = float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        now = self._clock()
        if now < self._next:
            return False
        self._next = now + self._pause
        return True


def configure(level: str) -> None:
    """Sends every logger of the process through one JSON handler, uvicorn's and the libraries' too."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    once = Once(EXPORT_PAUSE)
    handler.addFilter(lambda record: not record.name.startswith(EXPORT_LOGGER) or once.filter(record))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # Debug is for our own lines: PyMongo's debug log prints every heartbeat, and whole commands with their data.
    logging.getLogger("core_app").setLevel(level.upper())
    # uvicorn's access log knows neither route nor trace; observe.py writes a better one.
    logging.getLogger("uvicorn.access").disabled = True
