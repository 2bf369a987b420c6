"""What is shown while a command works.

Live on a terminal, timed plain lines elsewhere, NDJSON for scripts, or nothing.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Protocol, TextIO

from stackctl.stack.durations import human
from stackctl.ui.style import BAD, DIM, GOOD, WARN, Style

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

    from stackctl.workspace.events import Event

MARKS = {"ready": "✓", "done": "✓", "failed": "✗", "waiting": "…", "running": "·", "warning": "!"}
COLOURS = {"ready": GOOD, "done": GOOD, "failed": BAD, "waiting": DIM, "running": DIM, "warning": WARN}


STEP_SECONDS = 10.0


class Progress(Protocol):
    """Takes events, and is told when the command ends."""

    def __call__(self, event: Event) -> None:
        """Show one event."""
        ...

    def close(self) -> None:
        """End what is shown; the result is printed next."""
        ...


class QuietProgress:
    """Shows nothing."""

    def __call__(self, event: Event) -> None:
        """See Progress."""

    def close(self) -> None:
        """See Progress."""


class JsonProgress:
    """One JSON object per event on standard output (`--json --stream`)."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> None:
        """See Progress."""
        print(json.dumps(event.as_dict(), ensure_ascii=False), file=self._stream, flush=True)

    def close(self) -> None:
        """See Progress."""


class PlainProgress:
    """One line per change, without control codes: for pipes and CI.

    A build has hundreds of steps, most of them cached, and data tells its bytes all the time: of those only one in ten
    seconds is told.
    """

    def __init__(self, stream: TextIO, style: Style) -> None:
        self._stream = stream
        self._style = style
        self._told: dict[str, float] = {}

    def __call__(self, event: Event) -> None:
        """See Progress."""
        if event.kind in ("image", "data") and event.state == "running":
            now = time.monotonic()
            if now - self._told.setdefault(event.subject, now - STEP_SECONDS) < STEP_SECONDS:
                return
            self._told[event.subject] = now
        print(_line(event, self._style), file=self._stream, flush=True)

    def close(self) -> None:
        """See Progress."""


class LiveProgress:
    """A table that rewrites itself: one row per subject with what is awaited and since when."""

    def __init__(self, stream: TextIO, style: Style) -> None:
        self._stream = stream
        self._style = style
        self._rows: dict[str, tuple[Event, float]] = {}
        self._live: Live | None = None

    def __call__(self, event: Event) -> None:
        """See Progress."""
        if event.kind in ("service", "image", "data"):
            if event.kind in ("image", "data") and event.state in ("ready", "done"):
                self._rows.pop(event.subject, None)
            else:
                self._rows[event.subject] = (event, time.monotonic())
            self._show()
            if event.kind == "service" or event.state not in ("ready", "done"):
                return
        if self._live is not None:
            self._live.console.print(_line(event, self._style), highlight=False, markup=False)
        else:
            print(_line(event, self._style), file=self._stream, flush=True)

    def close(self) -> None:
        """See Progress."""
        if self._live is not None:
            self._live.update(self._table(), refresh=True)
            self._live.stop()
            self._live = None

    def _show(self) -> None:
        if self._live is None:
            from rich.console import Console
            from rich.live import Live

            console = Console(file=self._stream, no_color=not self._style.on)
            self._live = Live(get_renderable=self._table, console=console, refresh_per_second=8, transient=True)
            self._live.start()

    def _table(self) -> Table:
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 2))
        grid.add_column()
        grid.add_column()
        grid.add_column(overflow="ellipsis", no_wrap=True, ratio=1)
        grid.add_column(justify="right")
        now = time.monotonic()
        for subject, (event, since) in self._rows.items():
            colour = COLOURS.get(event.state, DIM) if self._style.on else ""
            waited = (event.elapsed or 0.0) + (now - since if event.state in ("waiting", "running") else 0.0)
            grid.add_row(Text(MARKS.get(event.state, "·"), colour), subject, Text(event.text), human(waited))
        return grid


def progress_for(stream: TextIO, style: Style, *, json_stream: bool, quiet: bool, plain: bool) -> Progress:
    """Give what fits: NDJSON, nothing, plain lines, or the live table."""
    if json_stream:
        return JsonProgress(sys.stdout)
    if quiet:
        return QuietProgress()
    if plain or not stream.isatty():
        return PlainProgress(stream, style)
    return LiveProgress(stream, style)


def _line(event: Event, style: Style) -> str:
    mark = style(MARKS.get(event.state, "·"), COLOURS.get(event.state, DIM))
    since = f" · {human(event.elapsed)}" if event.elapsed is not None else ""
    subject = f"{event.subject}: " if event.subject else ""
    return f"{mark} {subject}{event.text}{style(since, DIM)}"
