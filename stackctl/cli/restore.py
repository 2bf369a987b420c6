"""`stackctl restore`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
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
    from stackctl.backup.found import Found
    from stackctl.backup.place import DiskPlace
    from stackctl.backup.restore_plan import RestorePlan
    from stackctl.cli.session import Session
    from stackctl.lifecycle.world import World
    from stackctl.secrets.age import Identity
    from stackctl.workspace.target import Target


@click.command("restore")
@click.option("--only", multiple=True, metavar="DB[.COLLECTION]", help="Of MongoDB this database or collection alone.")
@click.option("--into", metavar="NAME", help="Into a scratch environment beside this one, which stays.")
@click.option("--with-users", is_flag=True, help="Take the set's users and passwords; else those of here stay.")
@click.option(
    "--without-oplog",
    is_flag=True,
    help="Do not replay the oplog of a MongoDB set: what was written while it was saved may be in it or not.",
)
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
    into: str | None,
    with_users: bool,
    without_oplog: bool,
    no_safety_copy: bool,
    force_version: bool,
    identities: tuple[Path, ...],
    lock_wait: float,
    dry_run: bool,
) -> Result:
    """Bring back the data of a set, or all as it was.

    Without SET: the latest one that passed a check and holds the services. SET is an id, its beginning, `latest`, a
    time, or a file that somebody passed on. The set is read to the end first. What is there now is saved, then
    exchanged for what comes; where the service does not get well or the counts differ, it is brought back at once.
    `restore undo` brings back the state before.

    \b
    Examples:
      stackctl restore mongodb
      stackctl restore 2026-11-21T10-00 mongodb
      stackctl restore ./shop.tar
      stackctl restore mongodb --only shop.items
      stackctl restore latest --into look
      stackctl restore undo
    """
    from stackctl.backup.catalogue import place_of
    from stackctl.backup.restore_plan import RestoreRequest, plan_restore
    from stackctl.backup.scenes import scene_of
    from stackctl.backup.space import check_room

    world = session.world()
    target, _none = replace(session, words=()).target()
    request = RestoreRequest(only=only, force=force_version, with_users=with_users, oplog=not without_oplog)
    if into is not None:  # an empty one, of a variable that nobody set, must not mean the live data
        from stackctl.cli.restore_into import Scratch, restore_into

        return restore_into(session, world, target, Scratch(into, request, identities, lock_wait, dry_run))
    with hold(session, world, target.project, "restore", lock_wait):
        scene = scene_of(world, target)
        home = place_of(world, target.project, scene.stack)
        found, services = meant(session, world, target, list(scene.stack.services), home)
        keys = checked(session, world, found, services, identities)
        plan = plan_restore(world, scene, found.manifest, replace(request, services=services))
        check_room(world, plan)
        steps = plan.steps(safety=not no_safety_copy)
        data = {
            "project": target.project,
            "set": found.entry.id,
            "services": plan.services,
            "steps": steps,
            "dry_run": dry_run,
        }
        if dry_run:
            lines = [session.style(target.title, BOLD), *(f"  {n}. {step}" for n, step in enumerate(steps, 1))]
            return Result(data={**data, "lost": _lost(plan)}, lines=[*lines, *_lost(plan), *plan.warnings])
        sentence = f"restoring {found.entry.id} into {target.title} replaces live data"
        if target.env.value == "prod" or no_safety_copy:
            confirm_by_name(session, sentence, [*_lost(plan), *plan.warnings], target.project)
        else:
            confirm(session, sentence, [*_lost(plan), *plan.warnings], "go on?")
        safety = _Restoring(session, world, home, found, plan).carry_out(keys, safety=not no_safety_copy)
    undo = "→ not what you wanted? stackctl restore undo" if safety else ""
    lines = [f"{session.style(target.title, BOLD)}: {', '.join(plan.services)} restored from {found.entry.id}"]
    return Result(
        data={**data, "safety_copy": safety or None}, lines=[*lines, *([session.style(undo, DIM)] if undo else [])]
    )


def meant(
    session: Session, world: World, target: Target, known: Sequence[str], home: DiskPlace
) -> tuple[Found, tuple[str, ...]]:
    """Give the set and the services that the words mean; `known` are the services of the model.

    Raises Misuse for a word that is neither, BackupFailed for a set that is damaged.
    """
    from stackctl.backup.catalogue import entry
    from stackctl.backup.found import Found, find_set, is_set, no_such_word
    from stackctl.backup.records import read_records
    from stackctl.workspace.find import check_services

    words, ids = session.words, home.ids()
    if words and words[0] == "undo" and "undo" not in known:
        records = read_records(world, target.project)
        if not records:
            raise Misuse("there was no restore to undo", "see: stackctl backups", code="nothing-to-undo")
        last = records[-1]
        if not last.safety or last.safety not in ids:
            raise Misuse("the last restore made no safety copy", "see: stackctl backups", code="nothing-to-undo")
        return Found(home, entry(home, last.safety)), tuple(words[1:]) or last.services
    named = bool(words) and words[0] not in known and is_set(words[0], ids, session.here)
    services = tuple(words[1:] if named else words)
    if words and not named and words[0] not in known:
        raise no_such_word(words[0], known, ids)
    check_services(services, list(known), [])
    found = find_set(home, words[0] if named else "", services, world.files, session.here)
    if found.entry.manifest is None:
        found.place.manifest(found.entry.id)  # says what is wrong with it
    return found, services


def checked(
    session: Session, world: World, found: Found, services: Sequence[str], identities: Sequence[Path]
) -> Sequence[Identity]:
    """Read what is restored of the set (no services: all) to its end and give the keys that open it.

    Raises BackupFailed, naming the file that is damaged.
    """
    from stackctl.backup.verify import Checking, make_sure

    keys = keys_for(session, world, identities) if found.manifest.encrypted else ()
    make_sure(Checking(world, found.place, "full", keys), found.entry.id, services)
    return keys


@dataclass(frozen=True)
class _Restoring:
    """What is restored, and where the copy of what is there goes."""

    session: Session
    world: World
    home: DiskPlace
    found: Found
    plan: RestorePlan

    def carry_out(self, keys: Sequence[Identity], *, safety: bool) -> str:
        """Do it. Gives the id of the safety copy, empty without one."""
        from stackctl.backup.helpers import sweep
        from stackctl.backup.journal import Journal
        from stackctl.backup.records import Record
        from stackctl.backup.restore import apply_restore
        from stackctl.backup.seats import ensure_tools
        from stackctl.cli.safety import Copy, safety_copy

        world, plan, target = self.world, self.plan, self.plan.scene.target
        ensure_tools(world, target.root)
        sweep(world, target.project)
        kept = ""
        if safety:
            pin = f"what was there before {plan.manifest.id} was restored"
            kept = safety_copy(self.session, world, Copy(self.home, plan.scene, tuple(plan.services), pin))
        at = world.clock.now().isoformat(timespec="seconds")
        record = Record(at, plan.manifest.id, tuple(plan.services), kept)
        journal = Journal(world, target.project, {"record": asdict(record)})
        apply_restore(world, self.found.place, journal, plan, keys)
        return kept


def _lost(plan: RestorePlan) -> list[str]:
    return [part.lost() for part in plan.parts]
