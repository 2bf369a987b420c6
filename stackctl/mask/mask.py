"""The set of known values, and the call that hides them in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stackctl.mask.patterns import (
    LONGEST_IN_PATTERN,
    MOST_IN_PATTERN,
    Many,
    ManyPlaced,
    alternatives,
    beginnings,
    placed,
    shortest,
)
from stackctl.mask.places import HIDDEN, HINTS, hide_in_places
from stackctl.mask.spellings import SHORTEST_ANYWHERE, dollar_names, forms

# Where a value stands: after `NAME=`, after `name: `, in a JSON field. `host:8080`, `redis:7` and `a/core/b` are no
# such places: ports, tags and paths stay readable.
_BEFORE_VALUE = r"((?<=\w)=[\"']?|(?<=\w)[\"']?[ \t]*:[ \t]+[\"']?|(?<=\w)[\"']:[\"'])"
_AFTER_VALUE = r"(?=[\"']?(?:[\s,;&|)\]}]|\.?(?:\s|$)))"
# Compose takes what follows a `$` in a password for the name of a variable, and complains that it is not set.
_BEFORE_NAME, _AFTER_NAME = r'(The \\?")', r'(?=\\?" variable is not set)'


class Mask:
    """A growing set of known values; calling it hides them in a text."""

    def __init__(self, values: Iterable[str] = (), words: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        self._words: set[str] = set(words)
        self._anywhere: re.Pattern[str] | Many | None = None
        self._in_place: re.Pattern[str] | ManyPlaced | None = None
        self._in_warning: re.Pattern[str] | ManyPlaced | None = None
        self._forms: tuple[bytes, ...] = ()
        self._short: re.Pattern[bytes] | None = None
        # Patterns are made when text comes: values are learnt one by one, and making the patterns costs 2 ms. Numbers,
        # so that what another thread learns meanwhile is not forgotten.
        self._learnt = self._made = 0
        self.add(*values)

    def add(self, *values: str) -> None:
        """Learn secret values; empty ones are passed over."""
        fresh = {value for value in values if value.strip()} - self._values
        if fresh:
            self._values = self._values | fresh
            self._learnt += 1

    def protect(self, *words: str) -> None:
        """Learn words of the model (services, images, keys) that must stay readable where they are not a value."""
        if set(words) - self._words:
            self._words = self._words | set(words)
            self._learnt += 1

    def __call__(self, text: str) -> str:
        """Give the text with every secret value replaced by `***`."""
        if self._made != self._learnt:
            self._compile()
        if self._anywhere is not None:
            text = self._anywhere.sub(HIDDEN, text)
        for pattern in (self._in_place, self._in_warning):
            if pattern is not None:
                text = pattern.sub(rf"\g<1>{HIDDEN}", text)
        return hide_in_places(text)

    def holds(self, text: str) -> bool:
        """Say whether a known value stands in a text, in any of its forms: what has passed the mask holds none."""
        if self._made != self._learnt:
            self._compile()
        data = text.encode("utf-8", "surrogateescape")
        if self._anywhere is None or not any(form in data for form in self._forms):
            return False
        return self._anywhere.sub("", text) != text

    def suspects(self, data: bytes) -> list[int]:
        """Give the places in a large text at which something may have to be hidden, in no order; they may repeat.

        Never too few: a line without such a place can be shown as it is. Made for logs: 600,000 lines pass here.
        """
        if self._made != self._learnt:
            self._compile()
        found: list[int] = []
        low = data.lower()
        # Looking for one word after the other is faster here than a pattern of them all.
        for text, words in ((data, self._forms), (low, HINTS), (data, (b"://",) if b"@" in data else ())):
            for word in words:
                place = text.find(word)
                while place >= 0:
                    found.append(place)
                    place = text.find(word, place + 1)
        if self._short is not None:
            found += [match.start() for match in self._short.finditer(data)]
        return found

    def _compile(self) -> None:
        learnt = self._learnt
        anywhere = {v for v in self._values if len(v) >= SHORTEST_ANYWHERE and v not in self._words}
        spellings = {form for value in anywhere for form in forms(value)}
        many = len(spellings) > MOST_IN_PATTERN or any(len(text) > LONGEST_IN_PATTERN for text in spellings)
        self._anywhere = Many(spellings) if many else alternatives(spellings)
        self._forms = beginnings(spellings) if many else shortest(spellings)
        self._in_place = placed(self._values - anywhere, _BEFORE_VALUE, _AFTER_VALUE)
        names = {name for value in self._values for name in dollar_names(value) if len(name) < SHORTEST_ANYWHERE}
        self._in_warning = placed(names, _BEFORE_NAME, _AFTER_NAME)
        short = (pattern.pattern.encode() for pattern in (self._in_place, self._in_warning) if pattern)
        self._short = re.compile(b"|".join(short)) if self._in_place or self._in_warning else None
        self._made = learnt  # last: another thread may ask meanwhile, and must not meet half of it
