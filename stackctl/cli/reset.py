"""`stackctl reset`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from stackctl.cli.confirm import confirm, confirm_by_name
from stackctl.cli.lock import hold
from stackctl.cli.options import change_options, with_session
from stackctl.cli.seeding import fill_stores, note_first_starts
from stackctl.cli.start import carry_out, make_plan, show_result
from stackctl.ui.bytes import human_bytes
from stackctl.ui.envelope import Result
from stackctl.ui.style import BOLD, DIM

if TYPE_CHECKING:
    from stackctl.backup.reset import ResetPlan
    from stackctl.cli.session import Session
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target


@click.command("reset")
@click.option("--no-safety-copy", is_flag=True, help="Do not save what is there now; then it cannot be undone.")
@change_options
@with_session(words="[ENV] [SERVICE]...")
def command(session: Session, no_safety_copy: bool, lock_wait: float, dry_run: bool) -> Result:
    """Give services an empty store again, and fill it from its seed.

    Without SERVICE: everything that has a volume. It shows what would be lost and asks, saves it as a set of its own,
    removes the volumes, starts with fresh ones, waits until all is healthy and runs x-stackctl.seed.
    `stackctl restore undo` brings the old data back.

    \b
    Examples:
      stackctl reset mongodb
      stackctl reset dev --dry-run
      stackctl reset redis --yes --no-safety-copy
    """
    from stackctl.backup.reset import plan_reset
    from stackctl.backup.scenes import scene_of
    from stackctl.backup.seeds import seeds_of

    world = session.world()
    target, services = session.target()
    with hold(session, world, target.project, "reset", lock_wait):
        plan = plan_reset(world, scene_of(world, target), services, session.environments())
        seeds = seeds_of(plan.scene.stack, target.directory)
        steps = plan.steps(safety=not no_safety_copy, seeded=[name for name in plan.services if name in seeds])
        lost = [f"{name} ({human_bytes(size)})" for name, size in plan.volumes.items()]
        data = {"project": target.project, "services": list(plan.services), "volumes": list(plan.volumes)}
        if dry_run:
            lines = [session.style(target.title, BOLD), *(f"  {n}. {step}" for n, step in enumerate(steps, 1))]
            return Result(data={**data, "steps": steps, "dry_run": True}, lines=[*lines, *lost])
        sentence = f"everything in {len(lost)} volume{'' if len(lost) == 1 else 's'} of {target.title} would be lost"
        if target.env.value == "prod" or no_safety_copy:
            confirm_by_name(session, sentence, lost, target.project)
        else:
            confirm(session, sentence, lost, "go on?")
        safety = "" if no_safety_copy else _saved(session, world, plan)
        filled, result = _carry_out(session, world, target, plan, safety)
    lines = [f"{session.style(target.title, BOLD)}: {', '.join(plan.services)} reset"]
    lines += [f"filled from its seed: {name}" for name in filled]
    lines += [session.style("→ not what you wanted? stackctl restore undo", DIM)] if safety else []
    return Result(
        data={**data, "dry_run": False, "safety_copy": safety or None, "filled": filled},
        lines=[*result.lines, *lines],
        findings=result.findings,
    )


def _saved(session: Session, world: World, plan: ResetPlan) -> str:
    from stackctl.backup.catalogue import place_of
    from stackctl.backup.helpers import sweep
    from stackctl.backup.verify import Checking, verify
    from stackctl.cli.safety import Copy, safety_copy

    project = plan.scene.target.project
    home = place_of(world, project, plan.scene.stack)
    home.sweep()
    sweep(world, project)
    kept = safety_copy(session, world, Copy(home, plan.scene, plan.services, "what was there before a reset"))
    verify(Checking(world, home, "full" if not home.manifest(kept).encrypted else "quick"), kept)
    return kept


def _carry_out(
    session: Session, world: World, target: Target, plan: ResetPlan, safety: str
) -> tuple[list[str], Result]:
    from stackctl.backup.journal import Journal
    from stackctl.backup.records import Record, add_record
    from stackctl.backup.reset import apply_reset
    from stackctl.lifecycle.request import UpRequest

    scene = plan.scene
    ran = {item.service for item in scene.containers if item.running} & set(scene.stack.services)
    names = ran | set(plan.services)
    if safety:  # first: from here on the old data can be had again, whatever happens
        at = world.clock.now().isoformat(timespec="seconds")
        add_record(world, target.project, Record(at, "reset", plan.services, safety))
    apply_reset(world, Journal(world, target.project, {}), plan)
    request = UpRequest(services=() if names == set(scene.stack.services) else tuple(sorted(names)))
    began = world.clock.monotonic()
    start = make_plan(world, target, request, session.environments())
    note_first_starts(world, start)
    result = carry_out(world, start, began)
    filled, findings = fill_stores(session, world, target)
    shown = show_result(session, target, result)
    return filled, replace(shown, findings=(*shown.findings, *findings))
