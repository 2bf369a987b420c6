"""Finds the statements of an env file exactly where Compose's own parser (compose-go 2.4.8) finds them.

The text is never changed here: an entry knows the span of its value, and all between two spans (comments, blanks, the
order) stays as it is. Regular expressions do the walking, with possessive repeats, so that ten megabytes cost one pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from stackctl.env.place import Place, Ruler, syntax_error

if TYPE_CHECKING:
    from stackctl.errors import ConfigError

Quote = Literal["bare", "none", "single", "double"]
"""How a value is written; `bare` is a key alone on its line, which takes its value from the surroundings."""

# Go's unicode.IsSpace. Python's str.isspace has four more (U+001C to U+001F), so it is never used in this room.
WIDE_SPACE = (
    "\t\n\v\f\r \u0085\u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
)
# Compose's own idea of a blank inside a line.
BLANK = "\t\v\f\r \u0085\u00a0"

_GAP = re.compile(rf"(?:[{WIDE_SPACE}]++|#[^\n]*+)*+")
BLANKS = re.compile(rf"[{BLANK}]*+")
_EXPORT = re.compile(rf"export(?=[\t\n\f\r ])[{BLANK}]*+")
# \w is exactly Go's "letter or number" and the underscore, checked for every code point. The one difference to Compose:
# a letter that is younger than this Python's Unicode tables is refused.
_KEY = re.compile(rf"[\w.\-\[\]{BLANK}]*+")
# What most lines are, in one look: nothing in it means anything but `=`.
_PLAIN = re.compile(r"([A-Za-z0-9_]++)=((?![\s'\"])\S*+)\n")
_QUOTED = {
    "'": re.compile(r"'[^'\\]*+(?:\\.[^'\\]*+)*+'", re.DOTALL),
    '"': re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL),
}


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the text, from `start` up to and without `end`, in characters."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement. `raw_value` is what stands in the file, quotes included; `span` is where; `place` is the key's.

    A name at the very end without a line end is what Compose makes of it: an entry with the key "" and the name as its
    value.
    """

    key: str
    raw_value: str = field(repr=False)  # a traceback or a log line that shows an entry shows no value
    quote: Quote
    span: Span
    place: Place
    value_place: Place


def scan(text: str, source: str) -> tuple[Entry, ...]:
    """Give every statement in order. Raises ConfigError, with its place, where Compose rejects the file."""
    ruler = Ruler(text, source)
    entries: list[Entry] = []
    position = end_of(_GAP, text, 0)
    while position < len(text):
        entry, position = _statement(text, position, ruler)
        entries.append(entry)
        position = end_of(_GAP, text, position)
    return tuple(entries)


def _statement(text: str, start: int, ruler: Ruler) -> tuple[Entry, int]:
    place = ruler.place(start)
    if plain := _PLAIN.match(text, start):
        value_place = Place(place.source, place.line, place.column + len(plain[1]) + 1)
        return Entry(plain[1], plain[2], "none", Span(*plain.span(2)), place, value_place), plain.end()
    export = _EXPORT.match(text, start)
    start = export.end() if export else start
    stop = end_of(_KEY, text, start)
    if stop == len(text):
        return _nameless(text, start, place, ruler)
    if text[stop] not in "=:\n":
        raise _bad_character(text[stop], ruler.place(stop))
    key = text[start:stop].rstrip(WIDE_SPACE)
    if " " in key:
        raise syntax_error(
            ruler.place(start + key.index(" ")),
            "a name cannot contain a space",
            "join the words with _, or put # in front of a line that is a comment; "
            "a value of several lines needs quotes around it",
        )
    if text[stop] == "\n":
        end = start + len(key)
        return Entry(key, "", "bare", Span(end, end), place, ruler.place(end)), stop + 1
    return _value(text, key, end_of(BLANKS, text, stop + 1), place, ruler)


def _value(text: str, key: str, start: int, place: Place, ruler: Ruler) -> tuple[Entry, int]:
    value_place = ruler.place(start)
    pattern = _QUOTED.get(text[start : start + 1])
    if pattern is None:
        return _unquoted(text, key, start, place, value_place)
    found = pattern.match(text, start)
    if found is None:
        raise syntax_error(value_place, "this quote is never closed", "close it, or put single quotes around the value")
    quote: Quote = "single" if text[start] == "'" else "double"
    return Entry(key, found.group(), quote, Span(*found.span()), place, value_place), found.end()


def _unquoted(text: str, key: str, start: int, place: Place, value_place: Place) -> tuple[Entry, int]:
    line_end = text.find("\n", start)
    line_end = len(text) if line_end < 0 else line_end
    comment = text.find(" #", start, line_end)
    raw = text[start : line_end if comment < 0 else comment].rstrip(WIDE_SPACE)
    span = Span(start, start + len(raw))
    return Entry(key, raw, "none", span, place, value_place), min(line_end + 1, len(text))


def _nameless(text: str, start: int, place: Place, ruler: Ruler) -> tuple[Entry, int]:
    if start == len(text):
        raise syntax_error(place, "nothing follows the word export", "write export NAME=value, or remove the word")
    return _unquoted(text, "", start, place, ruler.place(start))


def _bad_character(character: str, place: Place) -> ConfigError:
    hint = "put # in front of a line that is a comment; a value of several lines needs quotes around it"
    if character in "'\"" and place.column == 1:
        hint = "write the name without quotes: NAME='value'"
    elif character == "\x00" or "\udc80" <= character <= "\udcff":
        hint = "the file is not UTF-8 text: save it again as UTF-8"
    elif character == "\ufeff":
        hint = "this is a byte-order mark, which is allowed at the start of the file only: remove it"
    return syntax_error(place, "this character cannot stand in a name", hint)


def end_of(pattern: re.Pattern[str], text: str, position: int) -> int:
    """Give where what the pattern matches at a position ends; the position itself where that is nothing."""
    found = pattern.match(text, position)
    return found.end() if found else position
