"""How a result or an error is printed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from stackctl.ui.envelope import Result, envelope
from stackctl.ui.style import BAD, BOLD, DIM, WARN, Style

if TYPE_CHECKING:
    from stackctl.errors import Finding, StackctlError

COLOURS = {"error": BAD, "warning": WARN, "info": DIM}
MARKS = {"error": "✗", "warning": "!", "info": "·"}


def print_json(command: str, result: Result, out: TextIO) -> None:
    """Print the envelope."""
    print(envelope(command, result), file=out, flush=True)


@dataclass(frozen=True)
class Streams:
    """Where results and complaints go, and how the latter are painted."""

    out: TextIO
    err: TextIO
    style: Style


def print_text(result: Result, streams: Streams, *, quiet: bool, verbose: bool) -> None:
    """Print lines on standard output, findings and the error on the error output."""
    out, err, style = streams.out, streams.err, streams.style
    if result.raw is not None:
        out.write(result.raw)
        out.flush()
    for line in result.lines:
        print(line, file=out)
    out.flush()
    if result.error:
        print_error(result.error, err, style)
    elif not quiet:
        for line in finding_lines(result.findings, style, verbose=verbose):
            print(line, file=err)


def reader_gone(out: TextIO) -> None:
    """End in quiet when the reader has gone (`| head`): nobody is left to tell.

    Python would complain at exit when it flushes.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())


def print_error(error: StackctlError, err: TextIO, style: Style) -> None:
    """Print an error: the sentence, what was found with it, the way out."""
    print(f"{style('✗', BAD)} {style(error.message, BOLD)}", file=err)
    for finding in error.findings:
        if error.message.startswith(finding.message):
            continue
        print(f"  {finding.message}", file=err)
        if finding.hint and finding.hint != error.hint:
            print(f"  {style('→', DIM)} {finding.hint}", file=err)
    if error.hint:
        print(f"{style('→', DIM)} {error.hint}", file=err)


def finding_lines(findings: Sequence[Finding], style: Style, *, verbose: bool) -> list[str]:
    """Give the findings as lines: errors always, the others folded to a count unless `-v`."""
    shown = [finding for finding in findings if verbose or finding.severity == "error"]
    lines = []
    for finding in shown:
        hint = f" {style('→', DIM)} {finding.hint}" if finding.hint else ""
        lines.append(f"{style(MARKS[finding.severity], COLOURS[finding.severity])} {finding.message}{hint}")
    folded = len(findings) - len(shown)
    if folded:
        lines.append(style(f"{folded} finding{'s' if folded > 1 else ''} more, shown with -v", DIM))
    return lines
