"""Aligned columns. In a pipe the cells are never cut, so that a script reads what a person would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stackctl.ui.style import DIM, Style

GAP = "  "


@dataclass(frozen=True)
class Cell:
    """A text and its colours."""

    text: str
    paint: tuple[str, ...] = ()


def table(head: Sequence[str], rows: Sequence[Sequence[Cell | str]], style: Style, width: int = 0) -> list[str]:
    """Give the lines of a table; columns that are empty everywhere are left out, the last one gives way to `width`."""
    cells = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]
    if not cells:
        return []
    used = [index for index in range(len(head)) if any(row[index].text for row in cells)]
    widths = {index: max(len(head[index]), *(len(row[index].text) for row in cells)) for index in used}
    if width and used:
        total = sum(widths.values()) + len(GAP) * (len(used) - 1)
        last = used[-1]
        widths[last] = max(len(head[last]), widths[last] - max(0, total - width))
    lines = [_line([Cell(head[index].upper(), (DIM,)) for index in used], [widths[index] for index in used], style)]
    lines += [_line([row[index] for index in used], [widths[index] for index in used], style) for row in cells]
    return lines


def _line(cells: Sequence[Cell], widths: Sequence[int], style: Style) -> str:
    parts = []
    for cell, width in zip(cells, widths, strict=True):
        text = cell.text if len(cell.text) <= width else cell.text[: max(1, width - 1)] + "…"
        parts.append(style(text, *cell.paint) + " " * (width - len(text)))
    return GAP.join(parts).rstrip()
