"""Reading on where reading stopped: no line twice, none lost. The engine's `since` gives the last lines once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackctl.engine.logstream import RawLine
    from stackctl.logs.source import Mark


class Resume:
    """Drops the lines that have been read before; everything else passes."""

    def __init__(self, mark: Mark | None) -> None:
        self._mark = mark
        self._left = mark.lines if mark else 0
        self._dropped = False
        self.gap = False

    def __call__(self, lines: list[RawLine]) -> list[RawLine]:
        """Give those lines that are new. Sets `gap` where what was read last is not among them."""
        mark = self._mark
        if mark is None or not lines:
            return lines
        if not self._dropped and mark.lines == 1 and lines[0][0] > mark.stamp:
            self._mark, self.gap = None, True
            return lines
        self._dropped = True
        for index, (stamp, _stream, _text) in enumerate(lines):
            if stamp < mark.stamp:
                continue
            if self._left == 0:
                self._mark = None
                return lines[index:]
            self._left -= 1
        return []
