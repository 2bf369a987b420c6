"""Many texts found at once in a larger one: as one pattern, or looked up where a pattern would take minutes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stackctl.mask.spellings import SHORTEST_ANYWHERE

# Python makes a pattern letter by letter, and tries its alternatives one by one: beyond this both take minutes.
MOST_IN_PATTERN, LONGEST_IN_PATTERN = 2000, 2000


class Many:
    """Very many or very long texts, looked up by how they begin; what stands in for a pattern of them all."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = frozenset(texts)
        lengths: dict[str, set[int]] = {}
        for text in self._texts:
            lengths.setdefault(text[:SHORTEST_ANYWHERE], set()).add(len(text))
        # Generated values begin alike: by length, one look for a thousand of them.
        self._lengths = {start: sorted(found, reverse=True) for start, found in lengths.items()}  # the longest first

    def sub(self, replacement: str, text: str) -> str:
        """Give the text with each of them replaced."""
        pieces: list[str] = []
        kept = position = 0
        while position + SHORTEST_ANYWHERE <= len(text):
            lengths = self._lengths.get(text[position : position + SHORTEST_ANYWHERE], ())
            length = next((size for size in lengths if text[position : position + size] in self._texts), 0)
            if length:
                pieces += text[kept:position], replacement
                kept = position = position + length
            else:
                position += 1
        return "".join(pieces) + text[kept:]


class ManyPlaced:
    """Very many texts that count only behind `before` (one group) and in front of `after`."""

    def __init__(self, texts: Iterable[str], before: str, after: str) -> None:
        self.pattern = before  # more places than those that count: never too few
        self._before, self._after = re.compile(before), re.compile(after)
        self._texts = frozenset(texts)
        self._lengths = sorted({len(text) for text in self._texts}, reverse=True)

    def sub(self, replacement: str, text: str) -> str:
        r"""Give the text with each of them replaced; `\g<1>` in the replacement is what stands before."""
        pieces: list[str] = []
        kept = 0
        for found in self._before.finditer(text):
            start = found.end()
            if start >= kept and (end := self._end(text, start)):
                pieces += text[kept : found.start()], found.expand(replacement)
                kept = end
        return "".join(pieces) + text[kept:]

    def _end(self, text: str, start: int) -> int:
        ends = (start + size for size in self._lengths if text[start : start + size] in self._texts)
        return next((end for end in ends if self._after.match(text, end)), 0)


def beginnings(spellings: Iterable[str]) -> tuple[bytes, ...]:
    """Give how the spellings begin: what `Many` looks for."""
    return tuple({text[:SHORTEST_ANYWHERE].encode("utf-8", "surrogateescape") for text in spellings})


def shortest(spellings: Iterable[str]) -> tuple[bytes, ...]:
    """Give the spellings that hold no other one: where a longer one stands, a shorter one is found."""
    kept: list[str] = []
    for text in sorted(set(spellings), key=len):
        if not any(other in text for other in kept):
            kept.append(text)
    return tuple(text.encode("utf-8", "surrogateescape") for text in kept)


def placed(texts: set[str], before: str, after: str) -> re.Pattern[str] | ManyPlaced | None:
    """Give what finds texts that count only behind `before` and in front of `after`; None where there is no text."""
    return ManyPlaced(texts, before, after) if len(texts) > MOST_IN_PATTERN else alternatives(texts, before, after)


def alternatives(texts: Iterable[str], before: str = "", after: str = "") -> re.Pattern[str] | None:
    """Give one pattern of all texts, with what stands around them; None where there is no text."""
    ordered = sorted(texts, key=len, reverse=True)  # the longest first, or a prefix would leave the rest readable
    if not ordered:
        return None
    return re.compile(f"{before}(?:{'|'.join(re.escape(text) for text in ordered)}){after}")
