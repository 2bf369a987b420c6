"""`stackctl verify`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from stackctl.cli.options import Duration, with_session
from stackctl.errors import CheckFailed, Finding
from stackctl.stack.durations import human
from stackctl.ui.envelope import Result
from stackctl.ui.style import BAD, BOLD, DIM, GOOD
from stackctl.ui.table import Cell, table

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.errors import Severity
    from stackctl.verify.check import Outcome
    from stackctl.verify.verify import Report

MARKS = {"ok": ("✓", GOOD), "failed": ("✗", BAD), "skipped": ("·", DIM)}


@click.command("verify")
@click.option("--only", multiple=True, metavar="CHECK", help="Only these checks, by id or group: traces, data.store.")
@click.option("--timeout", type=Duration(), default="15s", help="How long all of it may take.")
@click.option("--list", "listed", is_flag=True, help="List the checks and run none.")
@with_session(words="[ENV]")
def command(session: Session, only: tuple[str, ...], timeout: float, listed: bool) -> Result:
    """Prove that a running stack works, hop by hop; name the hop that is broken.

    Writes an item through the app and removes it again, follows its trace into Jaeger and the log, asks Prometheus for
    its targets and figures, and every panel's query through Grafana. What a stack does not have is skipped and said.
    Exit 0 when all works, 9 when a hop is broken. 15 seconds at most.

    \b
    Examples:
      stackctl verify
      stackctl verify prod --json
      stackctl verify --only traces --only data.store
      stackctl up dev --verify
    """
    from stackctl.verify.verify import planned, verify

    names = tuple(name for word in only for name in word.split(",") if name)
    checks = planned(names)
    if listed:
        rows: list[list[Cell | str]] = [[check.id, check.title] for check in checks]
        data = {"checks": [{"id": check.id, "title": check.title} for check in checks]}
        return Result(data=data, lines=table(("check", "what"), rows, session.style, session.width))
    world = session.world()
    target, _services = session.target()
    report = verify(world, target, names, timeout)
    return report_result(session, target.title, report)


def report_result(session: Session, title: str, report: Report) -> Result:
    """Give a report as a result: the table, then each broken hop with its fix."""
    session.progress.close()
    style = session.style
    rows = [_row(outcome) for outcome in report.outcomes]
    lines = table(("", "check", "what was found", "took"), rows, style, session.width)
    broken = report.broken
    counts = {state: sum(item.found.status == state for item in report.outcomes) for state in MARKS}
    head = f"{style(title, BOLD)} · {counts['ok']} of {counts['ok'] + counts['failed']} checks passed"
    head += f", {counts['skipped']} skipped" if counts["skipped"] else ""
    lines.append(f"{head} in {human(report.seconds)}")
    lines += broken_lines(session, report)
    error = None
    if broken and session.output.json:
        first = broken[0]
        error = CheckFailed(f"{first.check.id}: {first.found.text}", first.found.hint, code=first.check.id)
    return Result(
        data=report_data(report),
        lines=lines,
        findings=broken_findings(report, "error") if session.output.json else (),
        exit_code=9 if broken else 0,
        error=error,
    )


def broken_lines(session: Session, report: Report) -> list[str]:
    """Give each broken hop with its fix."""
    lines, style = [], session.style
    for outcome in report.broken:
        lines.append(f"{style('✗', BAD)} {style(outcome.check.id, BOLD)}: {outcome.found.text}")
        lines += [f"  {text}" for text in outcome.found.details]
        lines.append(f"{style('→', DIM)} {outcome.found.hint}")
    return lines


def broken_findings(report: Report, severity: Severity) -> list[Finding]:
    """Give each broken hop as findings."""
    return [
        Finding(item.check.id, severity, item.check.id, text, item.found.hint)
        for item in report.broken
        for text in (item.found.text, *item.found.details)
    ]


def report_data(report: Report) -> dict[str, object]:
    """Give a report for scripts."""
    return {
        "project": report.project,
        "seconds": round(report.seconds, 3),
        "checks": [_data(outcome) for outcome in report.outcomes],
    }


def joined(session: Session, title: str, start: Result, report: Report) -> Result:
    """Give the result of a start followed by the test of what was started."""
    tested = report_result(session, title, report)
    return replace(
        tested,
        data={**start.data, "verify": tested.data},
        lines=[*start.lines, *tested.lines],
        findings=[*start.findings, *tested.findings],
    )


def _row(outcome: Outcome) -> list[Cell | str]:
    mark, paint = MARKS[outcome.found.status]
    quiet = (DIM,) if outcome.found.status == "skipped" else ()
    return [
        Cell(mark, (paint,)),
        Cell(outcome.check.id, quiet),
        Cell(outcome.found.text, quiet),
        Cell(human(outcome.seconds) if outcome.found.status != "skipped" else "", (DIM,)),
    ]


def _data(outcome: Outcome) -> dict[str, object]:
    return {
        "id": outcome.check.id,
        "title": outcome.check.title,
        "status": outcome.found.status,
        "text": outcome.found.text,
        "hint": outcome.found.hint or None,
        "details": list(outcome.found.details),
        "because": outcome.because or None,
        "seconds": round(outcome.seconds, 3),
    }
