"""Where a thing stands in a file: what every finding and every error of this room points with."""

from __future__ import annotations

from dataclasses import dataclass

from stackctl.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Place:
    """A character in a file. Lines and columns count from 1; a column is a character, not a byte."""

    source: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"


def syntax_error(place: Place, sentence: str, hint: str) -> ConfigError:
    """Give the error for a file that Compose would reject whole.

    `sentence` and `hint` never hold text of the file. Compose prints the line that it could not read, and that line is
    as often as not the second line of a private key.
    """
    return ConfigError(f"{place}: {sentence}", hint, code="env-syntax")


class Ruler:
    """Turns offsets into places. Offsets are asked for in rising order, so that a whole file costs one pass."""

    def __init__(self, text: str, source: str) -> None:
        self._text = text
        self._source = source
        self._seen = 0
        self._line = 1
        self._line_start = 0

    def place(self, offset: int) -> Place:
        """Give the place of an offset that is not before the last one asked for."""
        new_lines = self._text.count("\n", self._seen, offset)
        if new_lines:
            self._line += new_lines
            self._line_start = self._text.rfind("\n", self._seen, offset) + 1
        self._seen = offset
        return Place(self._source, self._line, offset - self._line_start + 1)
