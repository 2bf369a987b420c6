"""Places to print to."""

from __future__ import annotations

import io


class Pipe(io.StringIO):
    """No terminal."""

    @property
    def lines(self) -> list[str]:
        return self.getvalue().splitlines()


class Terminal(Pipe):
    """A terminal that keeps what was written."""

    def isatty(self) -> bool:
        return True
