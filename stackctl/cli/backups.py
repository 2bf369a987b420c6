"""`stackctl backups`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stackctl.cli.keys import keys_for
from stackctl.cli.options import with_session
from stackctl.errors import BackupFailed, CheckFailed
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
@click.option("--level", type=click.Choice(["quick", "full"]), default="full", show_default=True, help="How deep.")
@click.option(
    "-i", "--identity", "identities", multiple=True, type=click.Path(path_type=Path), help="A key for encrypted sets."
)
@click.option("--all", "everything", is_flag=True, help="Every set.")
@with_session(words="[SET]...")
def verify_command(session: Session, level: str, identities: tuple[Path, ...], everything: bool) -> Result:
    """Check sets: `quick` looks at manifest and sizes, `full` reads every byte to the end of every stream.

    \b
    Examples:
      stackctl backups verify
      stackctl backups verify --level quick --all
      stackctl backups verify 2026-11-21T10-00
    """
    from stackctl.backup.catalogue import choose, entries
    from stackctl.backup.verify import Checking, verify

    words = session.words
    world = session.world()
    _target, place = _place(replace(session, words=()), world)
    wanted = entries(place) if everything else [choose(place, word) for word in words or ("latest",)]
    sealed = any(item.manifest and item.manifest.encrypted for item in wanted)
    keys = keys_for(session, world, identities) if sealed else ()
    lines, data, bad = [], [], []
    for item in wanted:
        try:
            verify(Checking(world, place, level, keys), item.id)
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
