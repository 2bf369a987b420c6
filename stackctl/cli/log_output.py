"""Where records go: a terminal or a pipe as text, or NDJSON."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Protocol

from stackctl.logs.json_lines import json_lines
from stackctl.ui.log_paint import Look, Painter
from stackctl.ui.style import width_of

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.logs.pick import Block
    from stackctl.logs.request import LogRequest


class Output(Protocol):
    """Takes blocks of records that have passed the mask."""

    def __call__(self, block: Block) -> None:
        """Print a block."""
        ...

    def flush(self) -> None:
        """Print what was kept back."""
        ...


class Written:
    """Standard output as bytes; text that is not UTF-8 there is never made."""

    def __call__(self, data: bytes) -> None:
        """Write all of it now: whoever follows wants to see it."""
        out = sys.stdout.buffer
        out.write(data)
        out.flush()


class JsonOutput:
    """NDJSON."""

    def __init__(self) -> None:
        self._write = Written()

    def __call__(self, block: Block) -> None:
        """See Output."""
        if block.records:
            self._write(json_lines(block.records))

    def flush(self) -> None:
        """See Output."""


class TextOutput:
    """Painted or plain lines."""

    def __init__(self, painter: Painter) -> None:
        self._painter = painter
        self._write = Written()

    def __call__(self, block: Block) -> None:
        """See Output."""
        text = ""
        if block.gap:
            text = self._painter.flush() + "--\n"
        text += self._painter(block.records)
        if text:
            self._write(text.encode("utf-8", "replace"))

    def flush(self) -> None:
        """See Output."""
        text = self._painter.flush()
        if text:
            self._write(text.encode("utf-8", "replace"))


def look_of(session: Session, flags: dict[str, Any], request: LogRequest, link: str = "") -> Look:
    """Give how to print, by the flags and by what standard output is."""
    terminal = sys.stdout.isatty()
    wanted = "never" if flags["no_color"] else flags["color"]
    colour = session.style.on if wanted == "auto" else wanted == "always"
    return Look(
        colour=colour,
        width=width_of(sys.stdout),
        cut=flags["cut"],
        utc=flags["utc"] or not terminal,
        verbose=session.output.verbose,
        pretty=flags["pretty"],
        full_time=flags["timestamps"] or not terminal,
        collapse=terminal and not flags["no_collapse"] and not request.context,
        marks=request.selection.grep,
        link=link if terminal and links_work(os.environ) else "",
    )


def links_work(shell: Any) -> bool:
    """Say whether the terminal is one of those known to make OSC 8 a link; others may print rubbish."""
    if shell.get("TERM_PROGRAM") in ("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio"):
        return True
    vte = shell.get("VTE_VERSION", "")
    return bool(
        (vte.isdigit() and int(vte) >= 5000)
        or shell.get("WT_SESSION")
        or shell.get("KONSOLE_VERSION")
        or shell.get("TERM", "").startswith(("xterm-kitty", "foot", "alacritty", "xterm-ghostty"))
    )
