"""Nothing secret goes into a bundle: values that we know, in every form, then what looks like a secret.

Everything is scrubbed text by text, as it stood before it was written as JSON: no escape hides anything, and no
replacement breaks the file. Afterwards the whole file is looked at once more.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import orjson

from stackctl.errors import CheckFailed
from stackctl.mask import HIDDEN, SHORTEST_ANYWHERE
from stackctl.secrets.patterns import PATTERNS, look_everywhere

if TYPE_CHECKING:
    from stackctl.mask import Mask

KNOWN = "known value"
PRIVATE_KEY = "private key"
LONGEST_KEY = 200  # lines
_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----")
_END = "-----END "
_KEY = re.compile(rf"{_BEGIN.pattern}.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.DOTALL)
# What stands between the two when a key is printed line by line: base64, and the heads of old encrypted keys.
_KEY_LINE = re.compile(r"\s*(?:[A-Za-z0-9+/=]*|[A-Z][A-Za-z-]+: .*)\s*")
# A line of a log without one of these, and without a place that the mask suspects, holds nothing to hide.
_SIGNS = (*(item.sign.encode() for item in PATTERNS if len(item.sign) > 1), b"AKIA", b"ASIA", b"earer ", b"asic ")


class Scrubber:
    """Scrubs values with what the mask knows; `redacted` counts by kind what stands hidden in them."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self.redacted: Counter[str] = Counter()

    def document(self, value: Any) -> str:
        """Give a JSON value as the text of a file, without secrets. Raises CheckFailed, see `_checked`."""
        return self._checked(json.dumps(self.value(value), ensure_ascii=False, indent=1) + "\n")

    def lines(self, rows: Iterable[Mapping[str, Any]]) -> str:
        """Give log lines as the text of a file, one object each, without secrets. Raises CheckFailed.

        Only lines in which something suspicious stands are looked at closely: there may be very many.
        """
        kept = list(self._without_keys(rows))
        texts = [orjson.dumps(row) for row in kept]
        ends = list(accumulate(len(text) + 1 for text in texts))
        suspects = {bisect_right(ends, place) for place in self._mask.suspects(b"\n".join(texts))}
        for index, text in enumerate(texts):
            if index in suspects or any(sign in text for sign in _SIGNS):
                texts[index] = orjson.dumps(self.value(kept[index]))
            else:
                self.redacted[KNOWN] += text.count(HIDDEN.encode())
        return self._checked(b"".join(text + b"\n" for text in texts).decode())

    def value(self, value: Any) -> Any:
        """Give a JSON value without secrets, keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in self._without_keys(value)]
        return value

    def text(self, text: str) -> str:
        """Give a text without secrets."""
        if len(text) < SHORTEST_ANYWHERE and text.isalnum():  # a word or a number: most of what stands in JSON
            return text
        hidden = self._mask(text) if self._suspicious(text) else text
        hidden = self._without_patterns(self._without_key(hidden))
        self.redacted[KNOWN] += hidden.count(HIDDEN)
        return hidden

    def _suspicious(self, text: str) -> bool:
        try:
            return bool(self._mask.suspects(text.encode("utf-8", "surrogateescape")))
        except UnicodeEncodeError:  # half of a surrogate pair, from an escape in somebody's JSON
            return True

    def _without_patterns(self, text: str) -> str:
        pieces: list[str] = []
        end = 0
        for item in sorted(look_everywhere(text), key=lambda item: (item.start, -len(item.value))):
            if item.start >= end and item.value != HIDDEN:
                pieces += text[end : item.start], HIDDEN
                end = item.start + len(item.value)
                self._count(item.name)
        return "".join(pieces) + text[end:]

    def _without_key(self, text: str) -> str:
        hidden, count = _KEY.subn(HIDDEN, text)
        self._count(PRIVATE_KEY, count)
        return hidden

    def _without_keys(self, items: Iterable[Any]) -> Iterator[Any]:
        """Give items, of which those that are lines of a log may print a key one after the other."""
        inside: dict[tuple[object, object], int] = {}
        for item in items:
            name = _line_in(item)
            if not name:
                yield item
                continue
            source, text = (item.get("container"), item.get("stream")), item[name]
            left = inside.pop(source, 0)
            if left and (_END in text or _KEY_LINE.fullmatch(text)):
                self._count(PRIVATE_KEY)
                if _END not in text:
                    inside[source] = left - 1
                yield {**item, name: HIDDEN}
                continue
            begins = [match.start() for match in _BEGIN.finditer(text)] if "PRIVATE KEY-----" in text else []
            if begins and _END not in text[begins[-1] :]:
                inside[source] = LONGEST_KEY
            yield item

    def _checked(self, text: str) -> str:
        """Give the text of a whole file back. Raises CheckFailed where a known value still stands in it."""
        if self._mask.holds(text):
            raise CheckFailed("a secret value would still stand in it")
        return text

    def _count(self, name: str, count: int = 1) -> None:
        self.redacted[name] += count
        self.redacted[KNOWN] -= count  # it stands as *** in the text, and is counted there once more


def _line_in(item: Any) -> str:
    """Give the key under which an item has its line, nothing where it is no line of a log."""
    if not isinstance(item, Mapping):
        return ""
    return next((name for name in ("message", "text") if isinstance(item.get(name), str)), "")


def kinds(redacted: Mapping[str, int]) -> dict[str, int]:
    """Give the counts that are none of zero, for the manifest."""
    return {name: count for name, count in sorted(redacted.items()) if count > 0}
