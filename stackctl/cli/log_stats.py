"""How the counts of `logs --stats` look."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from stackctl.logs.stats import Stats, chart
from stackctl.ui.envelope import Result
from stackctl.ui.style import BAD, DIM, WARN
from stackctl.ui.table import Cell, table

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.logs.stats import ServiceStats

MOST_FREQUENT = 10
WIDEST = 60  # minutes in the chart; more are put together


def stats_result(session: Session, stats: Stats) -> Result:
    """Give the counts as a table and a chart for people, as data for scripts."""
    services = [stats.services[name] for name in sorted(stats.services)]
    messages = stats.messages(MOST_FREQUENT)
    data = {"services": [item.as_dict() for item in services], "messages": messages}
    if not services:
        return Result(data=data, lines=["no lines"])
    span = _span(services)
    head = ("service", "lines", "errors", "warnings", "first", "last", f"errors and warnings, {span[2]}")
    rows: list[list[Cell | str]] = [
        [
            item.service,
            str(item.lines),
            Cell(str(item.levels["error"] + item.levels["fatal"] or ""), (BAD,)),
            Cell(str(item.levels["warn"] or ""), (WARN,)),
            item.first[:19],
            item.last[:19],
            chart(_bars(item, span)),
        ]
        for item in services
    ]
    lines = table(head, rows, session.style, session.width)
    lines += ["", session.style("most frequent", DIM)]
    frequent: list[list[Cell | str]] = [
        [str(item["count"]), str(item["service"]), str(item["level"] or ""), str(item["message"])] for item in messages
    ]
    lines += table(("times", "service", "level", "message"), frequent, session.style, session.width)
    return Result(data=data, lines=lines)


def _span(services: list[ServiceStats]) -> tuple[datetime | None, int, str]:
    """Give where the chart begins, how many minutes a bar is, and how that is said."""
    minutes = sorted(minute for item in services for minute in item.minutes)
    try:
        first, last = (datetime.fromisoformat(minute) for minute in (minutes[0], minutes[-1]))
    except (IndexError, ValueError):
        return None, 1, "by minute"
    step = max(1, -(-(int((last - first).total_seconds()) // 60 + 1) // WIDEST))
    return first, step, "by minute" if step == 1 else f"by {step} minutes"


def _bars(item: ServiceStats, span: tuple[datetime | None, int, str]) -> list[int]:
    first, step, _text = span
    if first is None:
        return []
    bars: list[int] = []
    for minute, counts in sorted(item.minutes.items()):
        try:
            place = int((datetime.fromisoformat(minute) - first) / timedelta(minutes=step))
        except ValueError:
            continue
        bars += [0] * (place + 1 - len(bars))
        bars[place] += sum(counts)
    return bars
