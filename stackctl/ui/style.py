"""Paint for a terminal, nothing for a pipe. Plain ANSI: rich costs 100 ms that `status` need not pay."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
GOOD, WARN, BAD, DIM, BOLD = "green", "yellow", "red", "dim", "bold"


@dataclass(frozen=True)
class Style:
    """Paints words, or leaves them alone."""

    on: bool

    def __call__(self, text: str, *names: str) -> str:
        """Give the text in these colours."""
        codes = ";".join(_CODES[name] for name in names if name)
        return f"\x1b[{codes}m{text}\x1b[0m" if self.on and codes and text else text


def style_for(stream: TextIO, shell: Mapping[str, str]) -> Style:
    """Give the paint for a stream: on a terminal without NO_COLOR, TERM=dumb or CI."""
    terminal = stream.isatty() and shell.get("TERM") != "dumb"
    return Style(terminal and not shell.get("NO_COLOR") and not shell.get("CI"))


def width_of(stream: TextIO) -> int:
    """Give the terminal's width in columns, 0 for a pipe (no limit)."""
    try:
        return os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0
    except OSError:
        return 0
