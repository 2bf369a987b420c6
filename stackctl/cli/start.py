"""How a start is shown: its plan, and what came of it. `up` and `restart` share it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.stack.durations import human
from stackctl.ui.envelope import Result
from stackctl.ui.style import BOLD, DIM, GOOD
from stackctl.ui.table import Cell, table
from stackctl.workspace.events import note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackctl.cli.session import Session
    from stackctl.engine.values import Container
    from stackctl.lifecycle.outcome import UpResult
    from stackctl.lifecycle.parts import Begins
    from stackctl.lifecycle.plan import UpPlan
    from stackctl.lifecycle.request import UpRequest
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target


def make_plan(
    world: World,
    target: Target,
    request: UpRequest,
    environments: list[str],
    containers: Sequence[Container] | None = None,
    *,
    dry_run: bool = False,
) -> UpPlan:
    """Give the plan of a start; `containers` are the project's where somebody has just looked at them.

    An instance gets its ports before: two that are planned at once must not be given the same. A dry run takes none.
    Docker is asked first: the code that plans is loaded while it answers.
    """
    from stackctl.lifecycle.begin import begin
    from stackctl.lifecycle.seat import take_seat

    if not dry_run:
        take_seat(world, target)
    begun = begin(world, target, containers)
    from stackctl.lifecycle.up_plan import plan_up

    return plan_up(world, target, request, environments, begun)


def carry_out(world: World, plan: UpPlan, began: float, begins: Begins | None = None) -> UpResult:
    """Do what the plan says and give what came of it; `began` is the monotonic time at which the command started.

    `begins` is told of each part of the start as it begins.
    """
    if plan.unchanged:
        from stackctl.lifecycle.generated import write_generated
        from stackctl.lifecycle.outcome import outcome_of
        from stackctl.lifecycle.record import record

        write_generated(world, plan)
        record(world, plan)
        return outcome_of(plan, None, world.clock.monotonic() - began)
    from stackctl.lifecycle.up import apply_up

    _keep_last_words(world, plan)
    if begins is not None:  # who leads through the parts has told what it is about
        return apply_up(world, plan, began, begins)
    world.events(note(plan.title))
    return apply_up(world, plan, began)


def _keep_last_words(world: World, plan: UpPlan) -> None:
    """Keep the logs of the containers that will be replaced, for `logs --previous`."""
    replaced = {*plan.recreates, *plan.touched, *plan.builds}
    going = [container for container in plan.scene.containers if container.service in replaced]
    if going:
        from stackctl.logs.previous import keep

        keep(world, plan.asked.root, plan.asked.project, going)


def show_plan(session: Session, plan: UpPlan) -> Result:
    """Give the dry run: numbered steps with their reasons."""
    steps = plan.steps()
    head = session.style(plan.title, BOLD)
    lines = [f"{head}: nothing to do"] if plan.unchanged or not steps else [f"{head} would:"]
    lines += [f"  {number}. {step}" for number, step in enumerate(steps, 1) if not plan.unchanged]
    if plan.left and not plan.unchanged and not plan.request.restart:
        lines.append(session.style(f"  left as they are: {', '.join(plan.left)}", DIM))
    data = {
        "dry_run": True,
        "project": plan.scene.target.project,
        "unchanged": plan.unchanged,
        "steps": [{"text": step.text, "why": step.why or None} for step in ([] if plan.unchanged else steps)],
    }
    return Result(data=data, lines=lines, findings=plan.findings)


def show_result(session: Session, target: Target, result: UpResult, *, restarted: bool = False) -> Result:
    """Give what came of a start: one line where nothing was to be done, else a row per service."""
    session.progress.close()
    jobs = sum(row.state == "done" for row in result.rows)
    count = len(result.rows) - jobs
    services = f"{count} service{'' if count == 1 else 's'}"
    verb = "is restarted" if restarted else "is up"
    head = session.style(result.title, BOLD)
    if result.unchanged:
        lines = [f"{head} {verb}: {services} ready, nothing changed {session.style(f'({human(result.seconds)})', DIM)}"]
    else:
        lines = table(
            ("service", "state", "after", "address", "what was done"), _rows(result), session.style, session.width
        )
        waiting = sum(row.state not in ("ready", "done") for row in result.rows)
        state = (
            f"{services} ready" if not waiting else f"{count - waiting} of {services} ready, not waited for the rest"
        )
        lines.append(f"{head} {verb}: {state} in {human(result.seconds)}")
        if result.chain:
            lines.append(session.style(f"longest chain: {result.chain}", DIM))
    if session.output.verbose:
        from stackctl.lifecycle.scene import with_generated

        lines.append(session.style(f"without stackctl: {with_generated(target).command} up -d", DIM))
    return Result(data=_data(result), lines=lines, findings=result.findings)


def _rows(result: UpResult) -> list[list[Cell | str]]:
    return [
        [
            row.service,
            Cell(row.text or row.state, (GOOD if row.state in ("ready", "done") else DIM,)),
            "" if row.seconds is None else human(row.seconds),
            Cell(" ".join(row.urls[:1]), ("cyan",)),
            Cell("" if row.did == "kept" else row.did, (DIM,)),
        ]
        for row in result.rows
    ]


def _data(result: UpResult) -> dict[str, object]:
    return {
        "project": result.project,
        "unchanged": result.unchanged,
        "seconds": round(result.seconds, 3),
        "services": [
            {
                "service": row.service,
                "state": row.state,
                "seconds": None if row.seconds is None else round(row.seconds, 3),
                "urls": list(row.urls),
                "did": row.did,
            }
            for row in result.rows
        ],
    }
