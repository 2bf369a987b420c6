"""The copy of what is there, before something takes its place: pinned, so that `restore undo` finds it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stackctl.cli.confirm import confirm

if TYPE_CHECKING:
    from stackctl.backup.place import DiskPlace
    from stackctl.cli.session import Session
    from stackctl.lifecycle.scene import Scene
    from stackctl.lifecycle.world import World


def safety_copy(session: Session, world: World, home: DiskPlace, scene: Scene, what: tuple[Sequence[str], str]) -> str:
    """Save these services, pin the set with the reason and give its id. Raises BackupFailed, Refused for no room."""
    from stackctl.backup.journal import Journal
    from stackctl.backup.make import BackupRequest, make_set, plan_backup
    from stackctl.backup.space import expected, shortage

    services, why = what
    plan = plan_backup(world, scene, BackupRequest(tuple(services), purpose="safety"))
    short = shortage(world, home.root, expected(world, home, plan.items))
    if short:
        confirm(session, f"the safety copy: {short}", ["--no-safety-copy does without"], "try anyhow?")
    kept = make_set(world, home, Journal(world, scene.target.project, {}), plan).id
    home.note(kept, {"pinned": why})
    return kept
