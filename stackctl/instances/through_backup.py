"""A fork through the backup pipeline: for data that cannot be copied as files while its source goes on.

Each service is saved in its own way (a dump, a snapshot), the copy is started empty, and the set is restored into it.
The set lives in the home of the copy, and goes with the end of the fork.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.backup.helpers import sweep
from stackctl.backup.journal import Journal
from stackctl.backup.make import BackupRequest, make_set, plan_backup
from stackctl.backup.place import DiskPlace
from stackctl.backup.restore import apply_restore
from stackctl.backup.restore_plan import RestoreRequest, plan_restore
from stackctl.backup.scenes import scene_of
from stackctl.backup.seats import ensure_tools
from stackctl.backup.space import check_room
from stackctl.doctor.around import read_volumes
from stackctl.errors import Refused
from stackctl.instances.half import forget_half, keep_half, take_away
from stackctl.instances.own_secrets import give_secrets
from stackctl.lifecycle.seat import take_seat
from stackctl.workspace.home import project_home
from stackctl.workspace.owner import record_owner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stackctl.backup.make import BackupPlan
    from stackctl.backup.manifest import Manifest
    from stackctl.engine.values import Volume
    from stackctl.instances.fork import ForkPlan
    from stackctl.instances.half import Half
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target

FOLDER = "fork-set"
LOCAL = "local"


def why_not_copied(world: World, volumes: Sequence[Volume], *, quiesce: bool) -> str:
    """Give why these volumes are not copied as files, empty where they are.

    Raises Refused for a volume that is a place of its own: one made after it would be the same place.
    """
    facts = read_volumes(world.engine, [item.name for item in volumes])
    for name, found in sorted(facts.items()):
        device = found.options.get("device", "")
        if device and found.options.get("type") != "tmpfs":
            raise Refused(
                f"the volume {name} is {device}, and a copy of it would be the same place",
                "give each instance another device in the Compose files, or copy that data by hand",
                code="not-apart",
            )
    if not quiesce:
        return "nothing is held still"
    other = next((item for item in volumes if item.driver != LOCAL), None)
    return f"the volume {other.name} is on the driver {other.driver}" if other else ""


def plan_saving(world: World, source: Target, *, quiesce: bool) -> BackupPlan:
    """Give how the source would be saved. Raises Refused where that would stop what may not be held still."""
    plan = plan_backup(world, scene_of(world, source), BackupRequest(quiesce=quiesce, purpose="fork", seal=False))
    stops = sorted({item.service for item in plan.hush.stop})
    if stops and not quiesce:
        raise Refused(
            f"the data of {', '.join(stops)} cannot be copied while it is written to",
            f"leave --no-quiesce out, and it is paused for the copy; or stop it first: stackctl stop {stops[0]}",
            code="needs-quiesce",
        )
    return plan


def apply_through_backup(world: World, plan: ForkPlan, half: Half, begin: Callable[[], None]) -> Manifest:
    """Save, start the copy by `begin`, restore into it; with the locks of both projects held. Gives what was saved.

    Whatever fails, the new instance is removed again. Raises BackupFailed, and what `begin` raises.
    """
    assert plan.saving is not None
    target = plan.target
    folder = project_home(world.shell, target.project)
    keep_half(world, target.project, half)
    try:
        take_seat(world, target, forking=True)
        old = world.engine.volume_names(target.project)
        if old:
            world.engine.remove_volumes(old)
        record_owner(folder, target.root, world.files)
        give_secrets(world, plan)
        place = DiskPlace(folder / FOLDER, world.files)
        manifest = make_set(world, place, Journal(world, plan.source.project, {}), plan.saving)
        begin()
        back = plan_restore(world, scene_of(world, target), manifest, RestoreRequest(tuple(manifest.services)))
        check_room(world, back)
        ensure_tools(world, target.root)
        sweep(world, target.project)
        apply_restore(world, place, Journal(world, target.project, {}), back, ())
        world.files.remove_tree(folder / FOLDER)
    except BaseException:
        take_away(world, target.project)
        raise
    forget_half(world, target.project)
    return manifest
