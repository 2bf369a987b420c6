"""What Compose makes of the text between quotes, before any `$` is looked at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackctl.env.scan import Quote

_PAIR = re.compile(r"\\(.)", re.DOTALL)
# \c is in Compose's list although it can decode nothing; it then stays as it is, like an unknown escape.
_ESCAPE = re.compile(r'\\(?:0([0-9]{0,3})|([abcfnrtv$"\\]))')
_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", '"': '"', "\\": "\\"}


def unescape(raw: str, quote: Quote) -> str:
    r"""Give the text of a raw value; for `none` and `double` it still has to be interpolated.

    In single quotes only \' means something: \\ stays two characters.
    """
    if quote in ("none", "bare"):
        return raw
    mark = raw[0]
    body = _PAIR.sub(lambda pair: mark if pair[1] == mark else pair[0], raw[1:-1])
    return body if quote == "single" else _ESCAPE.sub(_decode, body)


def _decode(found: re.Match[str]) -> str:
    digits, letter = found[1], found[2]
    if letter is None:
        # Three octal digits make a character; with fewer, or above 255, Compose drops the 0 and keeps the rest.
        octal = re.fullmatch(r"[0-3][0-7]{2}", digits)
        return chr(int(digits, 8)) if octal else "\\" + digits
    if letter == "$":
        return "$$"  # interpolation, which comes next, turns it into one
    return _LETTERS.get(letter, found[0])
