"""`stackctl backup`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.keys import keys_for
from stackctl.cli.lock import hold
from stackctl.cli.options import change_options, with_session
from stackctl.errors import BackupFailed
from stackctl.ui.bytes import human_bytes
from stackctl.ui.envelope import Result
from stackctl.ui.style import BOLD, DIM, GOOD

if TYPE_CHECKING:
    from stackctl.backup.make import BackupPlan
    from stackctl.backup.manifest import Manifest
    from stackctl.cli.session import Session


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
@change_options
@with_session(words="[ENV] [SERVICE]...")
def command(
    session: Session, quiesce: bool, level: str, recipients: tuple[str, ...], lock_wait: float, dry_run: bool
) -> Result:
    """Save the data of services as one verified set.

    Without SERVICE: everything in the environment that has data. A set is complete and proved, or it does not exist.

    \b
    Examples:
      stackctl backup
      stackctl backup mongodb
      stackctl backup prod --quiesce
      stackctl backup -r age1...
      stackctl backup --dry-run
    """
    from stackctl.backup.catalogue import place_of
    from stackctl.backup.helpers import sweep
    from stackctl.backup.journal import Journal
    from stackctl.backup.make import BackupRequest, make_set, plan_backup
    from stackctl.backup.records import note_backup
    from stackctl.backup.scenes import scene_of
    from stackctl.backup.verify import Checking, verify

    world = session.world()
    target, services = session.target()
    request = BackupRequest(services, quiesce, recipients)
    if dry_run:
        plan = plan_backup(world, scene_of(world, target), request, session.environments())
        lines = [session.style(target.title, BOLD), *(f"  {n}. {step}" for n, step in enumerate(plan.steps(), 1))]
        return Result(data={"dry_run": True, "project": target.project, "steps": plan.steps()}, lines=lines)
    with hold(session, world, target.project, "backup", lock_wait):
        scene = scene_of(world, target)
        plan = plan_backup(world, scene, request, session.environments())
        place = place_of(world, target.project, scene.stack)
        place.sweep()
        sweep(world, target.project)
        note_backup(world, target.project, place.root, ok=False)  # until it is done: a kill is a failure too
        manifest = make_set(world, place, Journal(world, target.project, {}), plan)
        keys = keys_for(session, world, ()) if manifest.encrypted else ()
        if manifest.encrypted and not keys:
            level = "quick"  # its content is for others; it was proved while it was written
        try:
            verify(Checking(world, place, level, keys), manifest.id)
        except BackupFailed as error:
            # What cannot be read again at once, or cannot even be noted as checked, is no set. One that a trial refuses
            # stays: the trial's own server may be what is wrong.
            if level != "restore" or error.code == "disk-full":
                place.remove(manifest.id)
            raise
        note_backup(world, target.project, place.root, ok=True)
    folder = str(place.root / manifest.id)
    return Result(data={**_data(manifest), "verified": level, "folder": folder}, lines=_lines(session, plan, manifest))


def _lines(session: Session, plan: BackupPlan, manifest: Manifest) -> list[str]:
    style = session.style
    lines = []
    for payload in manifest.payloads:
        counts = ", ".join(f"{count} {name}" for name, count in _short(payload.counts).items())
        size = human_bytes(payload.stored.bytes)
        lines.append(f"{style('✓', GOOD)} {payload.file}  {size}  {payload.consistency}  {style(counts, DIM)}")
    lines += [style(f"· {item.service}: {item.reason}", DIM) for item in manifest.skipped]
    total = human_bytes(manifest.stored_bytes)
    lines.append(f"{style(plan.scene.target.title, BOLD)}: saved as {style(manifest.id, BOLD)} ({total}), verified")
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
            }
            for payload in manifest.payloads
        ],
        "skipped": [{"service": item.service, "reason": item.reason} for item in manifest.skipped],
    }
