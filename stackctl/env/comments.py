"""Which comments of a template belong to which variable: those directly above it. A blank or a divider detaches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.env.place import Place
from stackctl.env.scan import WIDE_SPACE, Entry

if TYPE_CHECKING:
    from stackctl.env.grammar import EnvFile

DIVIDER = re.compile(r"#\s*[-=*#]{3,}")
_OURS = re.compile(r"stackctl:\s*")


@dataclass(frozen=True)
class Comment:
    """A comment line without its `#` and the blanks after it; `place` is that of the text's first character."""

    text: str
    place: Place
    kind: str  # "prose", "decorators" or "directives"


@dataclass(frozen=True)
class Block:
    """Comment lines that stand together, and the entry directly below them, if there is one."""

    comments: tuple[Comment, ...]
    entry: Entry | None


def blocks(env_file: EnvFile) -> Iterator[Block]:
    """Give every entry with its comments, and every detached block of comments, in the order of the file."""
    lines = env_file.text.split("\n")
    next_line = 0
    for entry in env_file.entries:
        yield from _between(env_file.source, lines, range(next_line, entry.place.line - 1), entry)
        next_line = entry.value_place.line + entry.raw_value.count("\n")
    yield from _between(env_file.source, lines, range(next_line, len(lines)), None)


def _between(source: str, lines: list[str], numbers: range, entry: Entry | None) -> Iterator[Block]:
    together: list[Comment] = []
    for number in numbers:
        line = lines[number].strip(WIDE_SPACE)
        if line and not DIVIDER.match(line):
            together.append(_comment(source, lines[number], number + 1))
        elif together:
            yield Block(tuple(together), None)
            together = []
    if entry is not None or together:
        yield Block(tuple(together), entry)


def _comment(source: str, line: str, number: int) -> Comment:
    text = line.strip(WIDE_SPACE).removeprefix("#").strip(WIDE_SPACE)
    column = line.index("#") + 1
    ours = _OURS.match(text)
    kind = "directives" if ours else "prose"
    if ours:
        text = text[ours.end() :]
    elif text.startswith("@") and line.startswith("#"):
        kind = "decorators"  # env-spec looks at column 1 only
    start = line.index(text, column) if text else column
    return Comment(text, Place(source, number, start + 1), kind)
