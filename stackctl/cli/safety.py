"""The copy of what is there, before something takes its place: pinned, so that `restore undo` finds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.cli.confirm import confirm
from stackctl.errors import BackupFailed

if TYPE_CHECKING:
    from stackctl.backup.place import DiskPlace
    from stackctl.cli.session import Session
    from stackctl.lifecycle.scene import Scene
    from stackctl.lifecycle.world import World


@dataclass(frozen=True)
class Copy:
    """What is saved and where, and why it is kept."""

    home: DiskPlace
    scene: Scene
    services: tuple[str, ...]
    why: str


def safety_copy(session: Session, world: World, copy: Copy) -> str:
    """Save these services, pin the set with the reason and give its id. Raises BackupFailed, Refused for no room."""
    from stackctl.backup.journal import Journal
    from stackctl.backup.make import BackupRequest, make_set, plan_backup
    from stackctl.backup.space import expected, shortage

    plan = plan_backup(world, copy.scene, BackupRequest(copy.services, purpose="safety"))
    short = shortage(world, copy.home.root, expected(world, copy.home, plan.items))
    if short:
        confirm(session, f"the safety copy: {short}", ["--no-safety-copy does without"], "try anyhow?")
    try:
        kept = make_set(world, copy.home, Journal(world, copy.scene.target.project, {}), plan).id
    except BackupFailed as error:
        # After new secrets its server may still want the old password, which only the restore itself would change.
        error.message = f"what is there now could not be saved: {error.message}; nothing was changed"
        error.hint = f"{error.hint}; to go on without that copy: --no-safety-copy"
        raise
    copy.home.note(kept, {"pinned": copy.why})
    return kept
