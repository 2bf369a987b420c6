"""Text in pieces, some of them dim, wrapped or cut to a width."""

from __future__ import annotations

from collections.abc import Sequence

Piece = tuple[str, bool]
"""A text, and whether it is painted dim."""


def wrapped(pieces: Sequence[Piece], width: int, *, cut: bool) -> list[list[Piece]]:
    """Give the pieces as lines of at most `width` characters (0: no limit), the first only where `cut`."""
    total = sum(len(text) for text, _dim in pieces)
    if not width or total <= width:
        return [list(pieces)]
    if cut:
        return [[*_slice(pieces, 0, width - 1), ("…", True)]]
    return [_slice(pieces, start, start + width) for start in range(0, total, width)]


def _slice(pieces: Sequence[Piece], start: int, end: int) -> list[Piece]:
    found = []
    place = 0
    for text, dim in pieces:
        part = text[max(0, start - place) : max(0, end - place)]
        if part:
            found.append((part, dim))
        place += len(text)
    return found
