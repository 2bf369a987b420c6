"""A line that has been read: when, where, on which stream, and what it says. What is shown has passed the mask."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from stackctl.mask import HIDDEN
from stackctl.services.lines.formats import without_controls

if TYPE_CHECKING:
    from stackctl.logs.source import Line, Origin
    from stackctl.mask import Mask
    from stackctl.services.lines.parsed import Parsed

# Names of fields whose value is a secret, whatever it looks like. Narrower than for variables: `cache_key` is none.
_SECRET_FIELD = re.compile(
    r"(?i)passw(?:or)?d|passphrase|secret|token$|api[_-]?key|(?:private|access|signing|encryption)[_-]?key|credential"
    r"|authorization|cookie"
)


class Record(NamedTuple):
    """One record: `stamp` is the engine's (RFC 3339, nanoseconds, UTC), `raw` what was written."""

    stamp: bytes
    origin: Origin
    stream: int
    parsed: Parsed
    raw: bytes


def read_all(lines: Sequence[Line]) -> list[Record]:
    """Read lines, each by its own service's shapes."""
    new = tuple.__new__  # what a NamedTuple's own constructor does in Python, in one step
    return [new(Record, (stamp, origin, stream, read(raw), raw)) for stamp, origin, stream, raw, read in lines]


def hide(records: list[Record], mask: Mask) -> list[Record]:
    """Give the records with every secret masked, in what was read and not only in what was written.

    Only lines in which something suspicious stands are looked at closely. `raw` is not to be shown afterwards.
    """
    texts = [record.raw for record in records]
    places = mask.suspects(b"\n".join(texts))
    if places:
        ends = list(accumulate(len(text) + 1 for text in texts))
        for index in {bisect_right(ends, place) for place in places}:
            record = records[index]
            records[index] = record._replace(parsed=_hidden(record.parsed, mask))
    return records


def _hidden(parsed: Parsed, mask: Mask) -> Parsed:
    fields = {_clean(mask(key)): _hidden_field(key, value, mask) for key, value in parsed.fields.items()}
    time = mask(parsed.time) if isinstance(parsed.time, str) else parsed.time
    return parsed._replace(
        message=_clean(mask(parsed.message)), fields=fields, time=time, trace_id=_clean(mask(parsed.trace_id))
    )


def _hidden_field(key: str, value: Any, mask: Mask) -> Any:
    if isinstance(value, str):
        if value and _SECRET_FIELD.search(key):
            return HIDDEN
        # Together with its name, as it would stand in a text: that is what the mask knows.
        return _clean(mask(f"{key}={value}").removeprefix(f"{key}=")) if value else value
    if isinstance(value, dict):
        return {_clean(mask(name)): _hidden_field(name, item, mask) for name, item in value.items()}
    if isinstance(value, list):
        return [_hidden_field(key, item, mask) for item in value]
    return value


def _clean(text: str) -> str:
    # An escape that JSON spells as \u001b would otherwise move the cursor of whoever reads.
    return text if text.isprintable() else without_controls(text)
