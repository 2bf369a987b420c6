"""`stackctl backup`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stackctl.cli.confirm import confirm
from stackctl.cli.keys import keys_for
from stackctl.cli.lock import hold
from stackctl.cli.options import change_options, with_session
from stackctl.errors import BackupFailed
from stackctl.ui.bytes import human_bytes
from stackctl.ui.envelope import Result
from stackctl.ui.style import BOLD, DIM, GOOD

if TYPE_CHECKING:
    from stackctl.backup.journal import Journal
    from stackctl.backup.make import BackupPlan
    from stackctl.backup.manifest import Manifest
    from stackctl.backup.place import DiskPlace, Place
    from stackctl.cli.session import Session
    from stackctl.lifecycle.world import World


@click.command("backup")
@click.option("--quiesce", is_flag=True, help="Hold what writes still meanwhile; exactly what ran is brought back.")
@click.option(
    "--verify",
    "level",
    type=click.Choice(["quick", "full", "restore"]),
    default="full",
    show_default=True,
    help="How the new set is checked.",
)
@click.option("-r", "--recipient", "recipients", multiple=True, help="Encrypt for this age or SSH public key.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write one file to pass on, instead of a set that is kept here.",
)
@change_options
@with_session(words="[ENV] [SERVICE]...")
def command(
    session: Session,
    quiesce: bool,
    level: str,
    recipients: tuple[str, ...],
    output: Path | None,
    lock_wait: float,
    dry_run: bool,
) -> Result:
    """Save the data of services as one verified set.

    Without SERVICE: everything in the environment that has data. A set is complete and proved, or it does not exist.

    \b
    Examples:
      stackctl backup
      stackctl backup mongodb
      stackctl backup prod --quiesce
      stackctl backup -r age1...
      stackctl backup mongodb -o shop.tar
      stackctl backup --dry-run
    """
    from stackctl.backup.catalogue import place_of
    from stackctl.backup.helpers import sweep
    from stackctl.backup.make import BackupRequest, plan_backup
    from stackctl.backup.scenes import scene_of
    from stackctl.backup.setfile import half_of

    path = (session.here / output).absolute() if output else None
    half = half_of(path) if path else None
    world = session.world()
    target, services = session.target()
    request = BackupRequest(services, quiesce, recipients)
    if dry_run:
        plan = plan_backup(world, scene_of(world, target), request, session.environments())
        lines = [session.style(target.title, BOLD), *(f"  {n}. {step}" for n, step in enumerate(plan.steps(), 1))]
        return Result(data={"dry_run": True, "project": target.project, "steps": plan.steps()}, lines=lines)
    if path and path.exists():
        confirm(session, f"{path} would be replaced", [], "replace it?")
    with hold(session, world, target.project, "backup", lock_wait):
        scene = scene_of(world, target)
        plan = plan_backup(world, scene, request, session.environments())
        place = place_of(world, target.project, scene.stack)
        place.sweep()
        sweep(world, target.project)
        _ask_for_room(session, world, plan, place, path)
        saving = _Saving(session, world, plan, level)
        manifest, level = saving.to_file(path, half) if path and half else saving.to(place)
    folder = str(path or place.root / manifest.id)
    data = {**_data(manifest), "verified": level, "file" if path else "folder": folder}
    return Result(data=data, lines=_lines(session, plan, manifest, path))


def _ask_for_room(session: Session, world: World, plan: BackupPlan, place: DiskPlace, path: Path | None) -> None:
    from stackctl.backup.space import expected, shortage

    short = shortage(world, path.parent if path else place.root, expected(world, place, plan.items))
    if short:
        confirm(session, short, ["an estimate: from the last set, or from the size of the volumes"], "try anyhow?")


@dataclass(frozen=True)
class _Saving:
    """Making the set, and reading it again."""

    session: Session
    world: World
    plan: BackupPlan
    level: str

    def to(self, place: DiskPlace) -> tuple[Manifest, str]:
        """Make a set that is kept here. Gives its manifest and how it was checked."""
        from stackctl.backup.make import make_set
        from stackctl.backup.records import note_backup

        project = self.plan.scene.target.project
        note_backup(self.world, project, place.root, ok=False)  # until it is done: a kill is a failure too
        manifest = make_set(self.world, place, self._journal(), self.plan)
        try:
            level = self._checked(place, manifest)
        except BackupFailed as error:
            # What cannot be read again at once, or cannot even be noted as checked, is no set. One that a trial refuses
            # stays: the trial's own server may be what is wrong.
            if self.level != "restore" or error.code == "disk-full":
                place.remove(manifest.id)
            raise
        note_backup(self.world, project, place.root, ok=True)
        return manifest, level

    def to_file(self, path: Path, half: Path) -> tuple[Manifest, str]:
        """Make one file; it gets its name once it has been read again."""
        from stackctl.backup.make import make_set
        from stackctl.backup.setfile import SetFile, put_in_place

        place = SetFile(half)
        journal = self._journal(file=str(half))
        manifest = make_set(self.world, place, journal, self.plan)
        journal.write()  # until it has its name: what a kill leaves of it is nobody's
        try:
            level = self._checked(place, manifest)
            put_in_place(half, path)
        except BaseException:
            half.unlink(missing_ok=True)
            raise
        finally:
            journal.close()
        return manifest, level

    def _journal(self, **facts: str) -> Journal:
        from stackctl.backup.journal import Journal

        return Journal(self.world, self.plan.scene.target.project, facts)

    def _checked(self, place: Place, manifest: Manifest) -> str:
        from stackctl.backup.verify import Checking, verify

        keys = keys_for(self.session, self.world, ()) if manifest.encrypted else ()
        # The content of one that is for others alone was proved while it was written.
        level = "quick" if manifest.encrypted and not keys else self.level
        try:
            verify(Checking(self.world, place, level, keys), manifest.id)
        except BackupFailed as error:
            if error.code != "wrong-key":
                raise
            level = "quick"
            verify(Checking(self.world, place, level, keys), manifest.id)
        return level


def _lines(session: Session, plan: BackupPlan, manifest: Manifest, path: Path | None) -> list[str]:
    style = session.style
    lines = []
    for payload in manifest.payloads:
        counts = ", ".join(f"{count} {name}" for name, count in _short(payload.counts).items())
        size = human_bytes(payload.stored.bytes)
        lines.append(f"{style('✓', GOOD)} {payload.file}  {size}  {payload.consistency}  {style(counts, DIM)}")
    lines += [style(f"· {item.service}: {item.reason}", DIM) for item in manifest.skipped]
    total = human_bytes(manifest.stored_bytes)
    name = style(str(path) if path else manifest.id, BOLD)
    lines.append(f"{style(plan.scene.target.title, BOLD)}: saved as {name} ({total}), verified")
    if path:
        lines.append(style(f"→ who gets it: stackctl restore ./{path.name}", DIM))
    return lines


def _short(counts: object) -> dict[str, int]:
    found = dict(counts) if isinstance(counts, dict) else {}
    if any("." in name for name in found):  # collections: their sum says more than a list of fifty
        return {"collections": len(found), "documents": sum(found.values())}
    return {name: count for name, count in found.items() if name != "bytes"}


def _data(manifest: Manifest) -> dict[str, object]:
    return {
        "id": manifest.id,
        "project": manifest.project,
        "created": manifest.created,
        "consistency": manifest.consistency,
        "skew_seconds": manifest.skew_seconds,
        "encrypted": manifest.encrypted,
        "bytes": manifest.stored_bytes,
        "payloads": [
            {
                "service": payload.service,
                "kind": payload.kind,
                "file": payload.file,
                "consistency": payload.consistency,
                "bytes": payload.plain.bytes,
                "stored_bytes": payload.stored.bytes,
                "counts": dict(payload.counts),
                "users": payload.users,
            }
            for payload in manifest.payloads
        ],
        "skipped": [{"service": item.service, "reason": item.reason} for item in manifest.skipped],
    }
