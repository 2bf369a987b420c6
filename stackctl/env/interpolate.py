"""The `$` engine of Compose (compose-go 2.4.8): `$NAME`, `${NAME}` and the operators `:-` `-` `:+` `+` `:?` `?`.

It is rebuilt with its corners, because a reader that is more sensible than Compose shows a value that no container has:
a `{` makes the brace counter jump over the next character, a default cannot span lines, and a default is evaluated
even where it is not used.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from stackctl.env.place import Place, syntax_error
from stackctl.errors import ConfigError

Find = Callable[[str], str | None]
"""Gives the value of a name, or None where it is set nowhere."""

# Go folds case by Unicode: the long s and the Kelvin sign count as s and k. (Python's own folding adds two more.)
NAME = "[_a-zA-Z\u017f\u212a][_a-zA-Z0-9\u017f\u212a]*+"
_REFERENCE = re.compile(rf"\$(?:(\$)|({NAME})|\{{({NAME})(\}}|:?[-+?])|(\{{))")
_BRACE = re.compile(r"[{}]")

# Compose has no such limits. Without them a file of forty lines, each naming the one before twice, fills the memory.
MAX_DEPTH = 64
MAX_LENGTH = 16 * 1024 * 1024


def interpolate(text: str, find: Find, place: Place) -> str:
    """Give the text with its references replaced; a name that is set nowhere becomes nothing, as in Compose.

    Raises ConfigError at `place` for a reference that does not parse, for a required variable without a value, and
    where the text grows beyond 16 MiB or nests deeper than 64. The message names no variable: where the `$` was meant
    literally, that name is a piece of a password.
    """
    return _expand(text, find, place, 0) if "$" in text else text


def _expand(text: str, find: Find, place: Place, depth: int) -> str:
    # Each level looks at its text anew: a long one that nests deeply would take minutes before it is refused.
    if depth > MAX_DEPTH or depth * len(text) > MAX_LENGTH:
        raise _too_large(place)
    pieces: list[str] = []
    position = length = 0
    braces = _LastBrace(text)
    while (dollar := text.find("$", position)) >= 0:
        found = _REFERENCE.match(text, dollar)
        if found is None:  # a lone $, $1 and $( stay as they are
            value, end = "$", dollar + 1
        elif found[1]:
            value, end = "$", found.end()
        elif found[2]:
            value, end = find(found[2]) or "", found.end()
        elif found[4] == "}":
            value, end = find(found[3]) or "", found.end()
        else:
            value, end = _operator(found, braces, find, place, depth)
        length += len(value)
        if length > MAX_LENGTH:
            raise _too_large(place)
        pieces += text[position:dollar], value
        position = end
    return "".join(pieces) + text[position:]


def _operator(found: re.Match[str], braces: _LastBrace, find: Find, place: Place, depth: int) -> tuple[str, int]:
    start = found.end()
    last = braces.after(start)
    if found[5] or last < 0:
        raise syntax_error(place, "a `${` in this value does not parse", "put single quotes around a literal value")
    close = _closing(found.string, start, last)
    argument = _expand(found.string[start:close], find, place, depth + 1)
    value = find(found[3])
    present = value is not None and (value != "" or not found[4].startswith(":"))
    if found[4][-1] == "+":
        return (argument if present else value or ""), close + 1
    if present:
        return value or "", close + 1
    if found[4][-1] == "?":
        raise ConfigError(
            f"{place}: this value needs a variable that has none",
            "set the variable in the shell or above this line",
            code="missing-variable",
        )
    return argument, close + 1


def _closing(text: str, start: int, last: int) -> int:
    """Give where the reference whose operator ends at `start` is closed; `last` is the last brace of the line."""
    depth, position = 1, start
    while (brace := _BRACE.search(text, position, last + 1)) is not None:
        position = brace.end()
        if brace.group() == "}":
            depth -= 1
            if depth == 0:
                return brace.start()
        else:
            depth += 1
            position += 1  # Compose's own slip: the character after a { is not counted
    return last


class _LastBrace:
    """The last `}` of the line of a position, remembered per line: a greedy match per reference would be quadratic."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line_end = -1
        self._last = -1

    def after(self, position: int) -> int:
        """Give the offset of the line's last brace at or after `position`, or -1."""
        if position > self._line_end:
            end = self._text.find("\n", position)
            self._line_end = len(self._text) if end < 0 else end
            self._last = self._text.rfind("}", position, self._line_end)
        return self._last if self._last >= position else -1


def _too_large(place: Place) -> ConfigError:
    return ConfigError(
        f"{place}: this value grows without bounds when its references are replaced",
        "remove the references to values that hold references themselves",
        code="env-too-large",
    )
