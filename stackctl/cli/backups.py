"""`stackctl backups`."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stackctl.cli.confirm import confirm
from stackctl.cli.keys import keys_for
from stackctl.cli.lock import hold
from stackctl.cli.options import change_options, with_session
from stackctl.errors import BackupFailed, CheckFailed, Refused
from stackctl.stack.durations import human
from stackctl.ui.bytes import human_bytes
from stackctl.ui.envelope import Result
from stackctl.ui.style import BAD, BOLD, DIM, GOOD, WARN
from stackctl.ui.table import Cell, table

if TYPE_CHECKING:
    from stackctl.backup.catalogue import Entry
    from stackctl.backup.place import DiskPlace
    from stackctl.cli.session import Session
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target

LOCK_WAIT = 300.0
HEAD = ("set", "age", "services", "size", "consistency", "verified", "note")


@click.group("backups", invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@with_session(words="")
def command(session: Session) -> Result | None:
    """List and check the sets of an environment.

    \b
    Examples:
      stackctl backups
      stackctl backups -e prod --json
      stackctl backups verify latest
    """
    if click.get_current_context().invoked_subcommand:
        return None
    world = session.world()
    target, place = _place(session, world)
    from stackctl.backup.catalogue import entries

    found = entries(place)
    now = world.clock.now()
    rows = [_row(item, now) for item in reversed(found)]
    lines = [session.style(str(place.root), DIM), *table(HEAD, rows, session.style, session.width)]
    if not found:
        lines = ["no backups yet", session.style("→ make one: stackctl backup", DIM)]
    data = {"project": target.project, "folder": str(place.root), "sets": [_data(item) for item in reversed(found)]}
    return Result(data=data, lines=lines)


@command.command("verify")
@click.option(
    "--level", type=click.Choice(["quick", "full", "restore"]), default="full", show_default=True, help="How deep."
)
@click.option(
    "-i", "--identity", "identities", multiple=True, type=click.Path(path_type=Path), help="A key for encrypted sets."
)
@click.option("--all", "everything", is_flag=True, help="Every set.")
@with_session(words="[SET]...")
def verify_command(session: Session, level: str, identities: tuple[Path, ...], everything: bool) -> Result:
    """Check sets.

    `quick` looks at manifest and sizes, `full` reads every byte to the end of every stream, `restore` also restores
    them into throw-away containers without a network and counts what is there.

    \b
    Examples:
      stackctl backups verify
      stackctl backups verify --level quick --all
      stackctl backups verify 2026-11-21T10-00
      stackctl backups verify ./shop.tar
    """
    from stackctl.backup.catalogue import entries
    from stackctl.backup.found import Found, find_set
    from stackctl.backup.helpers import sweep
    from stackctl.backup.seats import ensure_tools
    from stackctl.backup.verify import Checking, verify

    words = session.words
    world = session.world()
    target, place = _place(replace(session, words=()), world)
    # A trial starts containers, and what an earlier one left may only be removed where nobody else is at work.
    trial = level == "restore"
    with hold(session, world, target.project, "backups verify", LOCK_WAIT) if trial else nullcontext():
        if trial:
            ensure_tools(world, target.root)
            sweep(world, target.project)
        named = words or ("latest",)
        wanted = (
            [Found(place, item) for item in entries(place)]
            if everything
            else [find_set(place, word, (), world.files, session.here) for word in named]
        )
        sealed = any(item.entry.manifest and item.entry.manifest.encrypted for item in wanted)
        keys = keys_for(session, world, identities) if sealed else ()
        lines, data, bad = [], [], []
        for found in wanted:
            item = found.entry
            try:
                verify(Checking(world, found.place, level, keys), item.id)
            except BackupFailed as error:
                bad.append(error)
                lines.append(f"{session.style('✗', BAD)} {item.id}: {error.message}")
                data.append({"id": item.id, "level": level, "ok": False})
            else:
                lines.append(f"{session.style('✓', GOOD)} {item.id}: passed {level}")
                data.append({"id": item.id, "level": level, "ok": True})
    if bad:
        failed = CheckFailed(bad[0].message, bad[0].hint, code=bad[0].code)
        return Result(data={"sets": data}, lines=lines, exit_code=failed.exit_code, error=failed)
    return Result(data={"sets": data}, lines=lines)


@command.command("prune")
@click.option(
    "--level",
    type=click.Choice(["quick", "full", "restore"]),
    default="full",
    show_default=True,
    help="Which check counts.",
)
@change_options
@with_session(words="")
def prune_command(session: Session, level: str, lock_wait: float, dry_run: bool) -> Result:
    """Remove the sets that no rule of x-stackctl.backup.keep wants any more.

    Only sets that passed the check count. Pinned ones, unchecked ones and the last one that passed always stay, and
    after a failed backup nothing goes.

    \b
    Examples:
      stackctl backups prune --dry-run
      stackctl backups prune -e prod --yes
    """
    from stackctl.backup.catalogue import entries, place_of, settings
    from stackctl.backup.records import last_backup_failed
    from stackctl.backup.retention import judge, rules_from
    from stackctl.backup.scenes import scene_of

    world = session.world()
    target, _services = session.target()
    with hold(session, world, target.project, "backups prune", lock_wait):
        scene = scene_of(world, target)
        place = place_of(world, target.project, scene.stack)
        verdicts = judge(entries(place), rules_from(settings(scene.stack).get("keep")), level, world.clock.now())
        going = [verdict.entry for verdict in verdicts if not verdict.stays]
        lines = [f"{'stays' if item.stays else 'goes '}  {item.entry.id}  {item.why}" for item in verdicts]
        sets = [{"id": item.entry.id, "stays": item.stays, "why": item.why} for item in verdicts]
        data = {"project": target.project, "dry_run": dry_run, "sets": sets}
        if dry_run or not going:
            return Result(data=data, lines=lines or ["no backups yet"])
        if last_backup_failed(world, target.project):
            raise Refused(
                "the last backup failed: nothing is removed after that",
                "make a good one first: stackctl backup",
                code="last-backup-failed",
            )
        sizes = [f"{item.id} ({human_bytes(item.manifest.stored_bytes if item.manifest else None)})" for item in going]
        confirm(session, f"{len(going)} sets would be removed", sizes, "remove them?")
        place.sweep()  # what a killed one had put out of sight
        for item in going:
            place.remove(item.id)
    return Result(data=data, lines=lines)


@command.command("copy")
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path), help="The folder to copy into.")
@with_session(words="SET...")
def copy_command(session: Session, folder: Path) -> Result:
    """Copy sets into another folder, such as another disk, and check the copies.

    \b
    Examples:
      stackctl backups copy latest --to backups-elsewhere
    """
    from stackctl.backup.catalogue import choose
    from stackctl.backup.copying import copy_set
    from stackctl.backup.place import DiskPlace

    world = session.world()
    words = session.words
    target, place = _place(replace(session, words=()), world)
    chosen = [choose(place, word) for word in words or ("latest",)]
    other = DiskPlace((session.here / folder).absolute(), world.files)
    with hold(session, world, target.project, "backups copy", LOCK_WAIT):  # nobody removes a set meanwhile
        copied = [copy_set(world, place, other, item.id) for item in chosen]
    lines = [f"{item}: copied to {other.root / item}" for item in copied]
    return Result(data={"folder": str(other.root), "sets": copied}, lines=lines)


def _place(session: Session, world: World) -> tuple[Target, DiskPlace]:
    from stackctl.backup.catalogue import place_of
    from stackctl.backup.scenes import model_of

    target, _services = session.target()
    return target, place_of(world, target.project, model_of(world, target))


def _row(item: Entry, now: datetime) -> list[Cell | str]:
    manifest = item.manifest
    if manifest is None:
        return [item.id, "", "", "", "", Cell("damaged", (BAD,)), item.problem]
    age = human(max(0.0, (now - datetime.fromisoformat(manifest.created)).total_seconds()))
    level, at = item.verified
    since = human(max(0.0, (now - datetime.fromisoformat(at)).total_seconds())) if at else ""
    passed = Cell(f"{level} {since} ago", (GOOD,)) if level else Cell(_failed(item), (BAD if item.notes else WARN,))
    notes = [text for text in (item.pinned, "encrypted" if manifest.encrypted else "") if text]
    size = human_bytes(manifest.stored_bytes)
    return [
        Cell(item.id, (BOLD,)),
        age,
        ", ".join(manifest.services),
        size,
        manifest.consistency,
        passed,
        "; ".join(notes),
    ]


def _failed(item: Entry) -> str:
    checks = item.notes.get("verified") or []
    return "failed" if checks and not checks[-1].get("ok") else "never"


def _data(item: Entry) -> dict[str, Any]:
    level, at = item.verified
    base = {"id": item.id, "verified": level or None, "verified_at": at or None, "pinned": item.pinned or None}
    if item.manifest is None:
        return {**base, "problem": item.problem}
    return {
        **base,
        "created": item.manifest.created,
        "services": item.manifest.services,
        "bytes": item.manifest.stored_bytes,
        "consistency": item.manifest.consistency,
        "skew_seconds": item.manifest.skew_seconds,
        "encrypted": item.manifest.encrypted,
        "purpose": item.manifest.purpose,
    }
