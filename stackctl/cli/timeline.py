"""`stackctl timeline`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.options import with_session
from stackctl.errors import Misuse
from stackctl.stack.durations import human
from stackctl.ui.envelope import Result
from stackctl.ui.style import BOLD, DIM
from stackctl.ui.table import Cell, table

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.health.timeline import Span, Timeline

BAR = 40


@click.command("timeline")
@click.option("--last", type=click.IntRange(1, 20), default=1, help="How many starts to show; at most 20 are kept.")
@with_session(words="[ENV]")
def command(session: Session, last: int) -> Result:
    """Show where the time of the last start went.

    Per service: when it was created, started, first probed and ready, in seconds from the beginning. The line below
    is the chain of services that explains the total. From the engine's time stamps, so it also works for what docker
    compose started.

    \b
    Examples:
      stackctl timeline
      stackctl timeline prod --last 5 --json
    """
    from stackctl.lifecycle.timeline import timelines

    world = session.world()
    target, rest = session.target()
    if rest:
        raise Misuse(f"timeline takes an environment and no service: {rest[0]}", "write: stackctl timeline dev")
    found = timelines(world, target, last)
    if not found:
        raise Misuse(f"{target.title} has no containers", f"start it: stackctl up {target.env.value}")
    lines: list[str] = []
    for item in found:
        lines += ["", *_lines(session, item)] if lines else _lines(session, item)
    return Result(data={"project": target.project, "starts": [_data(item) for item in found]}, lines=lines)


def _lines(session: Session, item: Timeline) -> list[str]:
    head = session.style(f"{item.origin:%Y-%m-%d %H:%M:%S} UTC", BOLD)
    names: tuple[str, ...] = ("service", "created", "started", "probed", "ready", "waited for")
    if session.width:
        names = (*names, "")
    rows = [_row(item, span, bars=bool(session.width)) for span in item.spans]
    chain = f"{human(item.seconds)}: {item.chain_text()}"
    return [head, *table(names, rows, session.style, session.width), chain]


def _row(item: Timeline, span: Span, *, bars: bool) -> list[Cell | str]:
    moments = (span.created, span.started, span.first_probe, span.ready)
    row: list[Cell | str] = [span.service, *(_seconds(item.after(moment)) for moment in moments)]
    row.append(Cell(", ".join(span.waited_for), (DIM,)))
    return [*row, _bar(item, span)] if bars else row


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.2f}"


def _bar(item: Timeline, span: Span) -> str:
    scale = BAR / max(item.seconds, 0.001)
    begin = round((item.after(span.started) or 0.0) * scale)
    end = round((item.after(span.ready or span.started) or 0.0) * scale)
    return " " * begin + "━" * max(1, end - begin)


def _data(item: Timeline) -> dict[str, object]:
    return {
        "at": item.origin.isoformat(),
        "seconds": round(item.seconds, 3),
        "chain": [{"service": service, "seconds": round(seconds, 3)} for service, seconds in item.chain()],
        "services": [
            {
                "service": span.service,
                "created": _rounded(item.after(span.created)),
                "started": _rounded(item.after(span.started)),
                "first_probe": _rounded(item.after(span.first_probe)),
                "ready": _rounded(item.after(span.ready)),
                "waited_for": list(span.waited_for),
            }
            for span in item.spans
        ],
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
