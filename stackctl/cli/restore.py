"""`stackctl restore`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stackctl.cli.confirm import confirm, confirm_by_name
from stackctl.cli.keys import keys_for
from stackctl.cli.lock import hold
from stackctl.cli.options import change_options, with_session
from stackctl.errors import Misuse
from stackctl.ui.envelope import Result
from stackctl.ui.style import BOLD, DIM

if TYPE_CHECKING:
    from stackctl.backup.catalogue import Entry
    from stackctl.backup.place import DiskPlace
    from stackctl.backup.restore_plan import RestorePlan
    from stackctl.cli.session import Session
    from stackctl.lifecycle.scene import Scene
    from stackctl.lifecycle.world import World
    from stackctl.secrets.age import Identity


@click.command("restore")
@click.option("--only", multiple=True, metavar="DB[.COLLECTION]", help="Of MongoDB this database or collection alone.")
@click.option("--no-safety-copy", is_flag=True, help="Do not save what is there now; then it cannot be undone.")
@click.option("--force-version", is_flag=True, help="Restore into another major version, at your own risk.")
@click.option(
    "-i", "--identity", "identities", multiple=True, type=click.Path(path_type=Path), help="A key for an encrypted set."
)
@change_options
@with_session(words="[SET|undo] [SERVICE]...")
def command(
    session: Session,
    only: tuple[str, ...],
    no_safety_copy: bool,
    force_version: bool,
    identities: tuple[Path, ...],
    lock_wait: float,
    dry_run: bool,
) -> Result:
    """Bring back the data of a set, or all as it was.

    Without SET: the latest one that passed a check and holds the services. SET is an id, its beginning, `latest`, or a
    time. The set is read to the end first. What is there now is saved, then exchanged for what comes; where the service
    does not get well or the counts differ, it is brought back at once. `restore undo` brings back the state before.

    \b
    Examples:
      stackctl restore mongodb
      stackctl restore 2026-11-21T10-00 mongodb
      stackctl restore mongodb --only shop.items
      stackctl restore undo
    """
    from stackctl.backup.catalogue import place_of
    from stackctl.backup.restore_plan import RestoreRequest, plan_restore
    from stackctl.backup.scenes import scene_of
    from stackctl.backup.verify import Checking, verify

    world = session.world()
    words = session.words
    target, _none = replace(session, words=()).target()
    with hold(session, world, target.project, "restore", lock_wait):
        scene = scene_of(world, target)
        place = place_of(world, target.project, scene.stack)
        entry, services = _meant(world, scene, place, words)
        request = RestoreRequest(services, only, force_version)
        assert entry.manifest is not None
        keys = keys_for(session, world, identities) if entry.manifest.encrypted else ()
        verify(Checking(world, place, "full", keys), entry.id)
        plan = plan_restore(world, scene, entry.manifest, request)
        steps = plan.steps(safety=not no_safety_copy)
        data = {
            "project": target.project,
            "set": entry.id,
            "services": plan.services,
            "steps": steps,
            "dry_run": dry_run,
        }
        if dry_run:
            lines = [session.style(target.title, BOLD), *(f"  {n}. {step}" for n, step in enumerate(steps, 1))]
            return Result(data={**data, "lost": _lost(plan)}, lines=[*lines, *_lost(plan)])
        sentence = f"restoring {entry.id} into {target.title} replaces live data"
        if target.env.value == "prod" or no_safety_copy:
            confirm_by_name(session, sentence, [*_lost(plan), *plan.warnings], target.project)
        else:
            confirm(session, sentence, [*_lost(plan), *plan.warnings], "go on?")
        safety = _carry_out(world, place, plan, keys, safety=not no_safety_copy)
    undo = "→ not what you wanted? stackctl restore undo" if safety else ""
    lines = [f"{session.style(target.title, BOLD)}: {', '.join(plan.services)} restored from {entry.id}"]
    return Result(
        data={**data, "safety_copy": safety or None}, lines=[*lines, *([session.style(undo, DIM)] if undo else [])]
    )


def _meant(world: World, scene: Scene, place: DiskPlace, words: Sequence[str]) -> tuple[Entry, tuple[str, ...]]:
    from stackctl.backup.catalogue import choose, entry, is_set
    from stackctl.backup.records import read_records
    from stackctl.workspace.find import check_services

    if words and words[0] == "undo":
        records = read_records(world, scene.target.project)
        if not records:
            raise Misuse("there was no restore to undo", "see: stackctl backups", code="nothing-to-undo")
        last = records[-1]
        if not last.safety or last.safety not in place.ids():
            raise Misuse("the last restore made no safety copy", "see: stackctl backups", code="nothing-to-undo")
        return entry(place, last.safety), tuple(words[1:]) or last.services
    found = bool(words) and words[0] not in scene.stack.services and is_set(words[0], place.ids())
    services = tuple(words[1:] if found else words)
    check_services(services, list(scene.stack.services), [])
    chosen = choose(place, words[0] if found else "", services)
    if chosen.manifest is None:
        place.manifest(chosen.id)  # says what is wrong with it
    return chosen, services


def _carry_out(world: World, place: DiskPlace, plan: RestorePlan, keys: Sequence[Identity], *, safety: bool) -> str:
    from stackctl.backup.helpers import sweep
    from stackctl.backup.journal import Journal
    from stackctl.backup.make import BackupRequest, make_set, plan_backup
    from stackctl.backup.records import Record
    from stackctl.backup.restore import apply_restore
    from stackctl.backup.seats import ensure_tools

    target = plan.scene.target
    ensure_tools(world, target.root)
    sweep(world, target.project)
    kept = ""
    if safety:
        request = BackupRequest(tuple(plan.services), quiesce=False, purpose="safety")
        backup = plan_backup(world, plan.scene, request)
        kept = make_set(world, place, Journal(world, target.project, {}), backup).id
        place.note(kept, {"pinned": f"what was there before {plan.manifest.id} was restored"})
    at = world.clock.now().isoformat(timespec="seconds")
    record = Record(at, plan.manifest.id, tuple(plan.services), kept)
    apply_restore(world, place, Journal(world, target.project, {"record": asdict(record)}), plan, keys)
    return kept


def _lost(plan: RestorePlan) -> list[str]:
    return [part.lost() for part in plan.parts]
