"""Puts new entries where the template has them: after the variable that stands before them there.

Nothing that is in the file moves or changes; lines come between lines.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from stackctl.env.comments import DIVIDER

if TYPE_CHECKING:
    from stackctl.env.grammar import Addition, EnvFile
    from stackctl.env.scan import Entry

HEADER = "# Made by stackctl"  # how the first line of a generated file begins: it belongs to no variable

Insertion = tuple[int, list[str]]
"""An offset, always the start of a line or the end of the text, and the lines that come there."""


def put_in_place(env_file: EnvFile, order: Sequence[str], additions: Sequence[Addition]) -> EnvFile:
    """Give the file with these entries more, each after the entry that precedes it in `order`.

    Where none of those is there, it comes above the first entry of `order` that is; else at the end. Raises ConfigError
    for a name that Compose rejects or a value that cannot be carried.
    """
    return insert(env_file, _insertions(env_file, order, {item.key: item for item in additions}))


def insert(env_file: EnvFile, insertions: Sequence[Insertion]) -> EnvFile:
    """Give the file with lines more; the bytes around them stay. Lines at one offset keep the order they come in."""
    text, end = env_file.text, env_file.line_end
    pieces: list[str] = []
    position = 0
    for offset, lines in sorted(insertions, key=lambda pair: pair[0]):
        before = text[position:offset]
        joined = "".join(line + end for line in lines)
        open_line = offset == len(text) and text and not text.endswith("\n") and position < offset
        pieces += before, end if open_line and joined else "", joined
        position = offset
    return env_file.edited("".join(pieces) + text[position:])


def _insertions(env_file: EnvFile, order: Sequence[str], additions: dict[str, Addition]) -> list[Insertion]:
    lines = Lines(env_file)
    first = next((key for key in order if key in env_file), None)
    known = set(order)
    after: str | None = None
    found: list[Insertion] = []
    above: list[str] = []
    for key in (*order, *(key for key in additions if key not in known)):
        if key in env_file:
            after = key
        elif key in additions and (entry := env_file.get(after or "")) is not None:
            found.append((lines.after(entry), additions[key].lines()))
        elif key in additions and first is None:
            found.append((len(env_file.text), additions[key].lines()))
        elif key in additions:
            above += additions[key].lines()
    if above and first is not None and (entry := env_file.get(first)) is not None:
        start = lines.above(entry)
        if start == 0:  # a gap is for what follows something
            above = above[1:] if above[0] == "" else above
        found.append((start, [*above, ""]))
    return found


class Lines:
    """Where the lines of an env file begin and which of them belong to its entries."""

    def __init__(self, env_file: EnvFile) -> None:
        self._text = env_file.text
        self._entries = env_file.entries
        self._starts = [entry.span.start for entry in env_file.entries]
        self._lines = [0, *(found.end() for found in re.finditer("\n", env_file.text))]

    def start(self, entry: Entry) -> int:
        """Give the offset at which the entry's first line begins."""
        return self._lines[entry.place.line - 1]

    def before(self, entry: Entry) -> int:
        """Give the offset before an entry, and before those whose last lines it shares, at which a line begins."""
        start = self.start(entry)
        while (other := self._around(start)) is not None:
            start = self.start(other)
        return start

    def after(self, entry: Entry) -> int:
        """Give the offset of the line after an entry, and after those that share its last line."""
        end = self._line_end(entry.span.end)
        index = bisect.bisect_right(self._starts, entry.span.start)
        while index < len(self._entries) and self._entries[index].span.start < end:
            end = self._line_end(self._entries[index].span.end)
            index += 1
        return end

    def above(self, entry: Entry) -> int:
        """Give the offset of the first comment line that stands directly above an entry."""
        line = bisect.bisect_left(self._lines, self.before(entry))
        while line > 0:
            start = self._lines[line - 1]
            text = self._text[start : self._lines[line]].strip()
            if not text.startswith("#") or text.startswith(HEADER) or DIVIDER.match(text) or self._around(start):
                break
            line -= 1
        return self._lines[line]

    def _around(self, offset: int) -> Entry | None:
        """Give the entry whose value goes on across an offset, or None."""
        index = bisect.bisect_left(self._starts, offset) - 1
        found = self._entries[index] if index >= 0 else None
        return found if found is not None and found.span.end > offset else None

    def _line_end(self, offset: int) -> int:
        found = self._text.find("\n", offset)
        return len(self._text) if found < 0 else found + 1
