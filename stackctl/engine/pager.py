"""A pager for long output on a terminal: the user's own, else `less`; nothing where there is none."""

from __future__ import annotations

import contextlib
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from typing import IO

# Leave at once where it fits the screen, keep colours, leave the text on the screen.
_LESS = "FRX"


class Pager:
    """A running pager. Writing raises BrokenPipeError when the user has left it."""

    def __init__(self, words: list[str], shell: Mapping[str, str]) -> None:
        environment = {**shell, "LESS": shell.get("LESS") or _LESS}
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, env=environment)

    @property
    def stream(self) -> IO[bytes]:
        """Give where to write."""
        assert self._process.stdin is not None
        return self._process.stdin

    def close(self) -> None:
        """Wait until the user leaves it."""
        with contextlib.suppress(BrokenPipeError):
            self.stream.close()
        while True:
            try:
                self._process.wait()
                return
            except KeyboardInterrupt:
                continue  # Ctrl-C belongs to the pager: it stops searching, and the user leaves with q


def open_pager(shell: Mapping[str, str]) -> Pager | None:
    """Start the pager; None where there is none, or the user wants none (`PAGER=cat`, `PAGER=`)."""
    wanted = shell.get("PAGER", "less")
    try:
        words = shlex.split(wanted)
    except ValueError:
        return None
    if not words or words[0] == "cat" or shutil.which(words[0], path=shell.get("PATH")) is None:
        return None
    return Pager(words, shell)
