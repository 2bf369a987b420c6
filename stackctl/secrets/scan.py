"""Looks for secrets in texts: values that we know, now or before, in the forms in which they travel; then patterns.

    sought = Sought(known, keyed)
    sought.hits(Source("stacks/core/base.yml", text))

A hit tells a name, a place and the beginning of a keyed digest; never a value, nor a part of one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stackctl.mask import SHORTEST_ANYWHERE, forms
from stackctl.secrets.patterns import look

if TYPE_CHECKING:
    from stackctl.secrets.digest import Digest

DIGEST_LENGTH = 8


@dataclass(frozen=True)
class Known:
    """A value that must not stand anywhere: its name, the project it is of, whether it counts now or did before.

    `variable` says that it reaches containers by an env file: it cannot but stand in their environment.
    """

    name: str
    value: str = field(repr=False)
    project: str = ""
    past: bool = False
    variable: bool = False


@dataclass(frozen=True)
class Source:
    """A text to search. `numbered`: places in it are told as line and column, else `place` says all.

    `lines` are the lines in which patterns count (those that a commit adds), None for all.
    """

    place: str
    text: str = field(repr=False)
    numbered: bool = True
    lines: Collection[int] | None = None


@dataclass(frozen=True)
class Hit:
    """A secret where it must not be: its name or what it looks like, the place, the first characters of a digest."""

    name: str
    kind: str
    place: str
    digest: str
    project: str = ""
    variable: bool = False


class Sought:
    """Everything that is looked for."""

    def __init__(self, known: Iterable[Known], keyed: Digest) -> None:
        self.known = [item for item in known if len(item.value) >= SHORTEST_ANYWHERE]
        self._keyed = keyed
        # A value that is there twice (now and before, in two projects) is told once, as what it is now.
        by_form: dict[str, Known] = {}
        for item in sorted(self.known, key=lambda item: item.past):
            for form in forms(item.value):
                by_form.setdefault(form, item)
        self._forms: Sequence[tuple[str, Known]] = sorted(by_form.items(), key=lambda pair: len(pair[0]), reverse=True)

    def hits(self, source: Source) -> list[Hit]:
        """Give every hit in a text, each place once, known values before patterns."""
        taken: list[tuple[int, int]] = []
        found: list[tuple[int, Hit]] = []
        for form, item in self._forms:
            for start in _places(source.text, form):
                if not _overlaps(taken, start, start + len(form)):
                    taken.append((start, start + len(form)))
                    found.append((start, self._known(item, source, start)))
        for piece in look(source.text):
            counts = source.lines is None or line_of(source.text, piece.start) in source.lines
            if counts and not _overlaps(taken, piece.start, piece.start + len(piece.value)):
                taken.append((piece.start, piece.start + len(piece.value)))
                digest = self.digest("", piece.value)
                found.append((piece.start, Hit(piece.name, "pattern", _where(source, piece.start), digest)))
        return [hit for _start, hit in sorted(found, key=lambda pair: pair[0])]

    def digest(self, name: str, value: str) -> str:
        """Give the beginning of a value's keyed digest, the same that `secrets list` shows."""
        return self._keyed.of(name, value)[:DIGEST_LENGTH]

    def _known(self, item: Known, source: Source, start: int) -> Hit:
        kind = "past value" if item.past else "value"
        digest = self.digest(item.name, item.value)
        return Hit(item.name, kind, _where(source, start), digest, item.project, item.variable)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Give every text in a JSON value with the path to it: `services.core.environment.X`."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]")
    elif isinstance(value, str):
        yield path, value


def line_of(text: str, offset: int) -> int:
    """Give the number of the line that holds an offset, counted from 1."""
    return text.count("\n", 0, offset) + 1


def _where(source: Source, start: int) -> str:
    if not source.numbered:
        return source.place
    column = start - source.text.rfind("\n", 0, start)
    return f"{source.place}:{line_of(source.text, start)}:{column}"


def _places(text: str, form: str) -> Iterator[int]:
    start = text.find(form)
    while start >= 0:
        yield start
        start = text.find(form, start + len(form))


def _overlaps(taken: Iterable[tuple[int, int]], start: int, end: int) -> bool:
    return any(start < other_end and other_start < end for other_start, other_end in taken)
