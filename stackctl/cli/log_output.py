"""Where records go: a terminal, a pager or a pipe as text, NDJSON, a file, or counts."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from stackctl.logs.json_lines import json_lines
from stackctl.ui.envelope import Result
from stackctl.ui.log_paint import Look, Painter
from stackctl.ui.style import width_of

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.logs.pick import Block
    from stackctl.logs.request import LogRequest


class LogOutput:
    """Takes blocks of records that have passed the mask."""

    def __call__(self, block: Block) -> None:
        """Take a block."""
        raise NotImplementedError

    def flush(self) -> None:
        """Print what was kept back."""

    def drop(self) -> None:
        """Leave nothing half done: it was interrupted."""
        self.flush()

    def result(self) -> Result | None:
        """Give what is printed at the end."""
        return None


class JsonOutput(LogOutput):
    """NDJSON."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def __call__(self, block: Block) -> None:
        """See LogOutput."""
        if block.records:
            self._stream.write(json_lines(block.records))
            self._stream.flush()


class TextOutput(LogOutput):
    """Painted or plain lines."""

    def __init__(self, painter: Painter, stream: IO[bytes]) -> None:
        self._painter = painter
        self._stream = stream

    def __call__(self, block: Block) -> None:
        """See LogOutput."""
        gap = self._painter.flush() + "--\n" if block.gap else ""
        self._write(gap + self._painter(block.records))

    def flush(self) -> None:
        """See LogOutput."""
        self._write(self._painter.flush())

    def _write(self, text: str) -> None:
        if text:
            self._stream.write(text.encode("utf-8", "replace"))
            self._stream.flush()


class FileOutput(LogOutput):
    """A file of NDJSON."""

    def __init__(self, path: Path, *, replace: bool) -> None:
        from stackctl.logs.export import Export

        self._path = path
        self._export = Export(path, replace=replace)
        self._done = False

    def __call__(self, block: Block) -> None:
        """See LogOutput."""
        self._export(block.records)

    def drop(self) -> None:
        """See LogOutput."""
        if not self._done:
            self._export.drop()

    def result(self) -> Result:
        """See LogOutput."""
        self._export.finish()
        self._done = True
        data = {"file": str(self._path), "records": self._export.count}
        return Result(data=data, lines=[f"{self._export.count} records written to {self._path}"])


class StatsOutput(LogOutput):
    """Counts."""

    def __init__(self, session: Session) -> None:
        from stackctl.logs.stats import Stats

        self._session = session
        self._stats = Stats()

    def __call__(self, block: Block) -> None:
        """See LogOutput."""
        self._stats(block.records)

    def result(self) -> Result:
        """See LogOutput."""
        from stackctl.cli.log_stats import stats_result

        return stats_result(self._session, self._stats)


@contextmanager
def log_output(session: Session, flags: dict[str, Any], request: LogRequest, reading: Any) -> Iterator[LogOutput]:
    """Give the output that the flags ask for; what it began is ended with the block."""
    if flags["export"]:
        output = FileOutput(Path(flags["export"]), replace=session.output.yes)
        try:
            yield output
        finally:
            output.drop()
    elif flags["stats"]:
        yield StatsOutput(session)
    elif session.output.json:
        yield JsonOutput(sys.stdout.buffer)
    else:
        painter = Painter(look_of(session, flags, request, reading.found), reading.names)
        pager = None
        if sys.stdout.isatty() and not (request.follow or flags["no_pager"]):
            from stackctl.engine.pager import open_pager

            pager = open_pager(session.shell)
        if pager is None:
            yield TextOutput(painter, sys.stdout.buffer)
            return
        try:
            with suppress(BrokenPipeError):
                yield TextOutput(painter, pager.stream)
        finally:
            pager.close()


def look_of(session: Session, flags: dict[str, Any], request: LogRequest, found: Any = None) -> Look:
    """Give how to print, by the flags and by what standard output is; `found` is the project, None for files."""
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
        link=trace_link(found) if terminal and links_work(os.environ) else "",
    )


def trace_link(found: Any) -> str:
    """Give the address of a trace's page, `{id}` in it; empty where nothing here shows traces."""
    if found is None:
        return ""
    from stackctl.services.addresses import addresses
    from stackctl.services.registry import driver_for

    for item in found.everyone:
        path = driver_for(item.image, item.labels).trace_path
        for address in addresses(item.service, item.image, item.labels, item.ports) if path else ():
            if address.url.startswith("http"):
                return address.url.rstrip("/") + path
    return ""


def links_work(shell: Mapping[str, str]) -> bool:
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
