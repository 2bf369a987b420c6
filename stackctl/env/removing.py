"""Takes entries out of an env file, with the comment that was written for them; every other byte stays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from stackctl.env.placing import Lines
from stackctl.env.scan import BLANK, end_of
from stackctl.env.sync import MARK

if TYPE_CHECKING:
    from stackctl.env.grammar import EnvFile

_BLANKS = re.compile(r"[ \t]*+")


def remove(env_file: EnvFile, key: str, description: Sequence[str] = ()) -> EnvFile:
    """Give the file without a key: without every entry of it, or an earlier one would come to count.

    `description` is what the template says of it: comment lines that say just that go too, others stay.
    """
    lines = Lines(env_file)
    text = env_file.text
    pieces: list[str] = []
    position = 0
    for number, entry in enumerate(env_file.entries):
        if entry.key != key:
            continue
        start, end = _range(env_file, lines, number, description)
        pieces.append(text[position:start])
        position = end
    return env_file.edited("".join(pieces) + text[position:])


def _range(env_file: EnvFile, lines: Lines, number: int, description: Sequence[str]) -> tuple[int, int]:
    text, entry = env_file.text, env_file.entries[number]
    line = lines.start(entry)
    start = line + entry.place.column - 1
    if _shares_its_line(env_file, lines, number) or text[line:start].strip(BLANK):
        return start, end_of(_BLANKS, text, entry.span.end)
    above = _lines_above(text, line, len(description) + 2)
    written = [f"# {said}" if said and not said.startswith("#") else said for said in description]
    if above and above[-1] == MARK:
        line -= len(MARK) + 1
        above.pop()
    count = len(written)
    if count and above[-count:] == written:
        line -= sum(len(said) + 1 for said in written)
        if len(above) > count and above[-count - 1] == "":
            line -= 1
    return line, lines.after(entry)


def _shares_its_line(env_file: EnvFile, lines: Lines, number: int) -> bool:
    """Whether the entry before it ends, or the one after it begins, on the line on which it begins."""
    line = lines.start(env_file.entries[number])
    before = env_file.entries[number - 1] if number else None
    after = env_file.entries[number + 1] if number + 1 < len(env_file.entries) else None
    ends_here = before is not None and (lines.start(before) == line or before.span.end > line)
    return ends_here or (after is not None and lines.start(after) == line)


def _lines_above(text: str, line: int, count: int) -> list[str]:
    """Give the last so many lines above the offset at which a line begins."""
    start = line
    for _ in range(count):
        start = text.rfind("\n", 0, max(0, start - 1)) + 1
    return text[start:line].split("\n")[:-1]
