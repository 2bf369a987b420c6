"""Filling empty stores from `x-stackctl.seed`, as a part of `up` and `reset`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.errors import BackupFailed, Finding, StackctlError
from stackctl.stack.order import start_order
from stackctl.workspace.events import Event, note
from stackctl.workspace.home import project_home

if TYPE_CHECKING:
    from stackctl.backup.seeds import Seed
    from stackctl.cli.session import Session
    from stackctl.lifecycle.plan import UpPlan
    from stackctl.lifecycle.scene import Scene
    from stackctl.lifecycle.world import World
    from stackctl.ui.envelope import Result
    from stackctl.workspace.target import Target


def note_first_starts(world: World, plan: UpPlan) -> None:
    """Note the seeds that this start makes due. Raises ConfigError for a setting that is not understood."""
    stack = plan.scene.stack
    if stack.settings.get("seed"):
        from stackctl.backup.seeds import mark_due, seeds_of

        mark_due(world, stack, seeds_of(stack, plan.asked.directory), plan.selected)


def fill_stores(session: Session, world: World, target: Target) -> tuple[list[str], list[Finding]]:
    """Run the seeds that are due, once everything is healthy. Gives the filled services, and what was left out.

    Raises BackupFailed for a seed that failed: its store is empty again then, and the next start tries anew.
    """
    if not (project_home(world.shell, target.project) / "seeds.json").exists():  # backup.seeds.FILE
        return [], []
    from stackctl.backup.seeds import waiting

    if not waiting(world, target.project):
        return [], []
    from stackctl.backup.scenes import scene_of
    from stackctl.backup.seeds import read_states, seeds_of, set_state

    scene = scene_of(world, target)
    seeds = seeds_of(scene.stack, target.directory)
    states = read_states(world, target.project)
    filled, findings = [], []
    due = waiting(world, target.project)
    for name in start_order(scene.stack):  # one may need another
        seed = seeds.get(name)
        if seed is None or name not in due or not scene.of(name):
            continue
        if not _is_empty(world, scene, name, certain=states[name] == "due"):
            findings.append(_left_out(name, interrupted=states[name] == "running"))
            set_state(world, target.project, name, "left out")
            continue
        world.events(Event("phase", "filling it from its seed", name, "running"))
        _fill(session, world, scene, seed)
        set_state(world, target.project, name, "done")
        filled.append(name)
    return filled, findings


def with_filled(shown: Result, filled: list[str], findings: list[Finding]) -> Result:
    """Give the result of a start with what `fill_stores` did."""
    if not (filled or findings):
        return shown
    return replace(
        shown,
        data={**shown.data, "filled": filled},
        lines=[*shown.lines, *(f"filled from its seed: {name}" for name in filled)],
        findings=(*shown.findings, *findings),
    )


def _fill(session: Session, world: World, scene: Scene, seed: Seed) -> None:
    from stackctl.backup.seeds import set_state

    project = scene.target.project
    again = f"correct it, then: stackctl up ({seed.service} is empty again, and its seed runs anew)"
    try:
        if seed.file:
            _restore(session, world, scene, seed)
            return
        set_state(world, project, seed.service, "running")
        _run(world, scene, seed)
    except StackctlError as error:
        if not seed.file:
            _make_fresh(session, world, scene, seed)
        raise BackupFailed(f"the seed of {seed.service} failed: {error.message}", again, code="seed-failed") from error


def _restore(session: Session, world: World, scene: Scene, seed: Seed) -> None:
    from stackctl.backup.catalogue import place_of
    from stackctl.backup.found import find_set
    from stackctl.backup.helpers import sweep
    from stackctl.backup.journal import Journal
    from stackctl.backup.restore import apply_restore
    from stackctl.backup.restore_plan import RestoreRequest, plan_restore
    from stackctl.backup.seats import ensure_tools
    from stackctl.backup.space import check_room
    from stackctl.cli.restore import checked

    home = place_of(world, scene.target.project, scene.stack)
    found = find_set(home, str(seed.file), (), world.files, scene.target.directory)
    keys = checked(session, world, found, (seed.service,), ())
    request = RestoreRequest((seed.service,))
    plan = plan_restore(world, scene, found.manifest, request)
    check_room(world, plan)
    ensure_tools(world, scene.target.root)
    sweep(world, scene.target.project)
    apply_restore(world, found.place, Journal(world, scene.target.project, {}), plan, keys)


def _run(world: World, scene: Scene, seed: Seed) -> None:
    running = [item for item in scene.of(seed.runs_in) if item.state == "running"]
    if not running:
        raise BackupFailed(f"{seed.runs_in}, in which it runs, does not run", "see: stackctl status")
    outcome = world.engine.run(("exec", running[0].id, *seed.command))
    for line in (outcome.out + outcome.err).splitlines()[-20:]:
        world.events(note(f"{seed.runs_in} | {line}"))
    if outcome.code != 0:
        said = [line.strip() for line in (outcome.err or outcome.out).splitlines() if line.strip()]
        raise BackupFailed(f"{said[-1] if said else 'it said nothing'} (exit code {outcome.code})")


def _make_fresh(session: Session, world: World, scene: Scene, seed: Seed) -> None:
    """Take away what a command that failed has left: the store was empty a moment ago, and nothing else is in it."""
    from stackctl.backup.journal import Journal
    from stackctl.backup.reset import apply_reset, plan_reset
    from stackctl.backup.seeds import set_state
    from stackctl.cli.start import carry_out, make_plan
    from stackctl.lifecycle.request import UpRequest

    world.events(note(f"{seed.service} gets an empty volume again"))
    target = scene.target
    names = tuple(sorted({item.service for item in scene.containers if item.running} & set(scene.stack.services)))
    apply_reset(world, Journal(world, target.project, {}), plan_reset(world, scene, (seed.service,)))
    set_state(world, target.project, seed.service, "due")
    asked = session.target()[0]
    plan = make_plan(world, asked, UpRequest(services=names), session.environments())
    carry_out(world, plan, world.clock.monotonic())


def _is_empty(world: World, scene: Scene, name: str, *, certain: bool) -> bool:
    """Say whether a store is empty; `certain` is the answer where nobody can count."""
    from stackctl.backup.helpers import ask
    from stackctl.backup.seats import seat_of
    from stackctl.backup.subjects import items_of
    from stackctl.services.saving.base import Subject

    names = [definition.name for definition in scene.stack.volumes.values()]
    items, _skipped = items_of(scene, (name,), names)
    for item in items:
        helper = item.saver.count(Subject(name)) if item.asks else None
        if helper is not None:
            counts = ask(world, helper, seat_of(world, scene.target.project, item)) or {}
            return not sum(counts.values())
    return certain


def _left_out(name: str, *, interrupted: bool) -> Finding:
    if interrupted:
        message = f"the seed of {name} was interrupted, and what is in it may be half of it"
        return Finding("seed-interrupted", "warning", name, message, f"start anew: stackctl reset {name}")
    message = f"{name} is not empty: its seed is left out"
    return Finding("seed-left-out", "warning", name, message, f"start anew: stackctl reset {name}")
