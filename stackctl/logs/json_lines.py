"""Records as NDJSON: one object per line, with the same keys for every format."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from stackctl.engine.logstream import ENGINE, ERR
from stackctl.services.lines.times import own_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackctl.logs.record import Record

STREAMS = {1: "stdout", ERR: "stderr", ENGINE: "engine"}


def json_lines(records: Sequence[Record]) -> bytes:
    """Give the records as lines; see docs/reference/logs.md for the keys."""
    return b"".join([_line(record) for record in records])


def _line(record: Record) -> bytes:
    stamp, origin, stream, parsed, _raw = record
    own = parsed.time
    # Most formats write RFC 3339 in UTC already; what else there is, is brought into that form.
    if own is not None and not (type(own) is str and own[-1:] == "Z" and own[10:11] == "T"):
        moment = own_time(own)
        own = moment.isoformat().replace("+00:00", "Z") if moment else None
    value = {
        "time": stamp.decode() or None,
        "service": origin.service,
        "container": origin.container or None,
        "instance": origin.number,
        "stream": STREAMS.get(stream, "stdout"),
        "level": parsed.level or None,
        "message": parsed.message,
        "fields": parsed.fields,
        "trace_id": parsed.trace_id or None,
        "own_time": own,
    }
    try:
        return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)
    except (orjson.JSONEncodeError, TypeError):  # lone surrogates, numbers beyond 64 bits
        import json

        return json.dumps(value, default=str).encode("utf-8", "replace") + b"\n"
