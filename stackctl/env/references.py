"""Which variables a text of a Compose file names: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:?why}`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stackctl.env.interpolate import NAME

_REFERENCE = re.compile(rf"\$(?:(?P<pair>\$)|(?P<named>{NAME})|\{{(?P<braced>{NAME})(?P<operator>:?[-+?])?)")
_BRACE = re.compile(r"\$\{|\}")


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference: the name, the default (None: it has none), whether it must have a value, the offset of its `$`.

    `optional` says that its author thought of it being unset: it has a default, or `:+`. `follows` is the character
    after it.
    """

    name: str
    default: str | None
    required: bool
    offset: int
    optional: bool = False
    follows: str = ""


def references(text: str) -> Iterator[Reference]:
    """Give every reference in order; those within a default come after the one that they are the default of."""
    for found in _REFERENCE.finditer(text):
        if found["pair"]:
            continue
        operator = found["operator"] or ""
        default = _default(text, found.end()) if operator.endswith("-") else None
        name = found["named"] or found["braced"]
        end = found.end() if found["named"] else _closing(text, found.end()) + 1
        rules = (operator.endswith("?"), found.start(), operator[-1:] in {"-", "+"})
        yield Reference(name, default, *rules, follows=text[end : end + 1])


def _default(text: str, start: int) -> str:
    return text[start : _closing(text, start)]


def _closing(text: str, start: int) -> int:
    """Give the offset of the brace that closes what is open at `start`, the text's length where none does."""
    depth = 1
    for brace in _BRACE.finditer(text, start):
        depth += 1 if brace.group() == "${" else -1
        if depth == 0:
            return brace.start()
    return len(text)
