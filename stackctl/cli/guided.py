"""The guided first start of `up`: from the machine to the addresses, and what took how long."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stackctl.cli.seeding import fill_stores, note_first_starts, with_filled
from stackctl.cli.start import carry_out, make_plan, show_result
from stackctl.errors import Finding, StackctlError
from stackctl.onboard.guide import Guide
from stackctl.onboard.guide_plan import Asked
from stackctl.stack.durations import human
from stackctl.ui.style import BAD, DIM, GOOD, WARN
from stackctl.ui.table import Cell, table
from stackctl.workspace.events import Event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackctl.cli.session import Session
    from stackctl.lifecycle.glance import Glance
    from stackctl.lifecycle.outcome import UpResult
    from stackctl.lifecycle.plan import UpPlan
    from stackctl.lifecycle.request import UpRequest
    from stackctl.lifecycle.world import World
    from stackctl.onboard.first_run import Progress
    from stackctl.onboard.guide import Row
    from stackctl.ui.envelope import Result
    from stackctl.verify.verify import Report
    from stackctl.workspace.target import Target

COLOURS = {"done": GOOD, "held": GOOD, "warning": WARN, "failed": BAD}


@dataclass(frozen=True)
class Start:
    """What is to be started, and what one look has seen; `began` is when the command did."""

    world: World
    target: Target
    request: UpRequest
    environments: list[str]
    seen: Glance
    began: float


@dataclass(frozen=True)
class Guided:
    """A guided start whose services are up: what is still to come is the test and the addresses."""

    world: World
    target: Target
    guide: Guide
    result: UpResult
    shown: Result
    findings: tuple[Finding, ...]


def guide_of(session: Session, start: Start, before: Progress, *, verify: bool | None, again: bool = True) -> Guide:
    """Give the guide of a first start that has come so far; `verify` None: where somebody looks on."""
    quiet = session.output.json or session.output.quiet or os.environ.get("CI")
    # Who looks on gets the whole machine looked at, and all of the stack tested.
    watched = sys.stderr.isatty() and not quiet
    return Guide(start.world, start.target, before, Asked(watched, verify, start.request.wait, again))


def lead(session: Session, start: Start, guide: Guide) -> Guided:
    """Lead from the machine to services that are up. Raises as `up` does; the error knows the steps."""
    world, target, request = start.world, start.target, start.request
    guide.greet()
    with guide.led(planning=True):
        guide.begin("doctor")
        findings = _examine(session, world, guide) if guide.asked.watched and guide.does("doctor") else ()
        plan = None
        if start.seen.result is None:
            plan = make_plan(world, target, request, start.environments, start.seen.containers)
        guide.plan(plan)
    with guide.led():
        result = start.seen.result or _carry_out(world, plan, start.began, guide)
        filled, found = fill_stores(session, world, target) if request.wait else ([], [])
    shown = with_filled(show_result(session, target, result), filled, found)
    return Guided(world, target, guide, result, shown, findings)


def end(session: Session, guided: Guided) -> Result:
    """Test what runs, give its addresses and what took how long."""
    guide, shown = guided.guide, guided.shown
    guide.begin("verify")
    if guide.does("verify"):
        with guide.led():
            shown = _verified(session, guided)
    found = addresses(session, guided)
    session.progress.close()
    lines = list(shown.lines) if session.output.quiet else [*shown.lines, *found, "", *step_lines(session, guide.rows)]
    data = {**shown.data, "steps": [row.as_dict() for row in guide.rows]}
    return replace(shown, data=data, lines=lines, findings=(*shown.findings, *guided.findings))


def _examine(session: Session, world: World, guide: Guide) -> tuple[Finding, ...]:
    """Look at the whole machine. What is wrong with it is told; whether it ends the start, the start itself knows."""
    from stackctl.doctor.check import Scene
    from stackctl.doctor.machine import examine

    checks = examine(Scene(engine=world.engine, host=world.host, shell=session.shell, place=session.place()))
    found = [finding for finding in (check.finding() for check in checks) if finding]
    for finding in found:
        way_out = f" → {finding.hint}" if finding.hint else ""
        world.events(Event("finding", f"{finding.message}{way_out}", finding.subject, "warning"))
    seen = f"{len(checks)} things looked at"
    if found:
        guide.say("warning", f"{seen}, to be known: {', '.join(finding.subject for finding in found)}")
    else:
        guide.say("done", f"{seen}, nothing is in the way")
    return tuple(replace(finding, severity="warning") for finding in found)


def _carry_out(world: World, plan: UpPlan | None, began: float, guide: Guide) -> UpResult:
    assert plan is not None  # there is one where not all of it runs
    note_first_starts(world, plan)
    return carry_out(world, plan, began, guide.begin)


def tested(guided: Guided) -> Report | None:
    """Test what runs and say what came of it; None where it could not be tested and nobody asked for it."""
    from stackctl.verify.verify import verify

    guide = guided.guide
    try:
        report = verify(guided.world, guided.target)
    except StackctlError as error:
        if guide.asked.verify:
            raise
        guide.say("warning", f"not tested: {error.message}")
        return None
    counts = {state: sum(item.found.status == state for item in report.outcomes) for state in ("ok", "skipped")}
    said = f"{counts['ok']} checks passed, {counts['skipped']} do not apply here"
    if report.broken:
        broken = ", ".join(item.check.id for item in report.broken)
        guide.say("warning", f"{len(report.broken)} broken: {broken}; {said}")
    else:
        guide.say("done", said)
    return report


def _verified(session: Session, guided: Guided) -> Result:
    """Give the start with its test: only where that was asked for, what is broken is a failure."""
    from stackctl.cli.verify import broken_findings, broken_lines, joined, report_data

    report, shown = tested(guided), guided.shown
    if report is None:
        return shown
    if guided.guide.asked.verify:
        return joined(session, guided.target.title, shown, report)
    return replace(
        shown,
        data={**shown.data, "verify": report_data(report)},
        lines=[*shown.lines, *broken_lines(session, report)],
        findings=(*shown.findings, *broken_findings(report, "warning")),
    )


def addresses(session: Session, guided: Guided) -> list[str]:
    """Take the last step: give the table of addresses, and remember that the first start has ended well."""
    from stackctl.cli.urls import address_lines
    from stackctl.lifecycle.urls import urls

    guide = guided.guide
    guide.begin("addresses")
    found = urls(guided.world, guided.target.project)
    if found:
        guide.say("done", f"{len(found)} of them, shown at any time by `stackctl urls`")
    else:
        guide.say("skipped", "nothing is published")
    guide.close()
    return ["", *address_lines(session, guided.target, found)] if found else []


def step_lines(session: Session, rows: Sequence[Row]) -> list[str]:
    """Give the table of what took how long."""
    cells: list[list[Cell | str]] = [
        [
            row.name,
            Cell(row.word, (COLOURS.get(row.state, DIM),)),
            "" if row.seconds is None else human(row.seconds),
            Cell(row.text, (DIM,)),
        ]
        for row in rows
    ]
    return table(("step", "state", "took", "what"), cells, session.style, session.width)
