"""Takes entries out of an env file, with the comment that was written for them; every other byte stays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stackctl.env.placing import Lines
from stackctl.env.scan import BLANK
from stackctl.env.sync import MARK

if TYPE_CHECKING:
    from stackctl.env.grammar import EnvFile
    from stackctl.env.scan import Entry


def remove(env_file: EnvFile, key: str, description: Sequence[str] = ()) -> EnvFile:
    """Give the file without a key: without every entry of it, or an earlier one would come to count.

    `description` is what the template says of it: comment lines that say just that go too, others stay.
    """
    lines = Lines(env_file)
    text = env_file.text
    pieces: list[str] = []
    position = 0
    for entry in env_file.entries:
        if entry.key != key:
            continue
        start, end = _range(env_file, lines, entry, description)
        pieces.append(text[position:start])
        position = end
    return env_file.edited("".join(pieces) + text[position:])


def _range(env_file: EnvFile, lines: Lines, entry: Entry, description: Sequence[str]) -> tuple[int, int]:
    text = env_file.text
    line = lines.start(entry)
    start = line + entry.place.column - 1
    shares = [
        other
        for other in env_file.entries
        if other is not entry and (lines.start(other) == line or line < other.span.end <= start)
    ]
    if shares or text[line:start].strip(BLANK):
        end = entry.span.end
        return start, end + len(text[end:]) - len(text[end:].lstrip(" \t")) if text[end : end + 1] in (
            " ",
            "\t",
        ) else end
    written = [f"# {said}" if said and not said.startswith("#") else said for said in description]
    above = text[:line].split("\n")[:-1]
    if above and above[-1] == MARK:
        line -= len(MARK) + 1
        above.pop()
    count = len(written)
    if count and above[-count:] == written:
        line -= sum(len(said) + 1 for said in written)
        if len(above) > count and above[-count - 1] == "":
            line -= 1
    return line, lines.after(entry)
