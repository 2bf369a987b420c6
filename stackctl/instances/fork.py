"""A new instance with a copy of another one's data and secrets: the source stands still for the copy, and goes on.

Before anything is copied every container that writes to the volumes is paused, so that the copy is of one moment. It is
what a store finds after a power cut, and every store that keeps a journal opens it; nothing is stopped or disconnected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.backup.journal import Journal
from stackctl.backup.quiet import Hush, hushed
from stackctl.errors import Misuse, Refused
from stackctl.images.fills import read_fills, record_fill
from stackctl.instances.copying import copy_volume, make_volume, need_tools
from stackctl.instances.half import forget_half, keep_half, read_half, take_away
from stackctl.instances.own_secrets import give_secrets, set_logins
from stackctl.instances.renewal import plan_renewal
from stackctl.instances.snapshot import MARK
from stackctl.instances.through_backup import plan_saving, why_not_copied
from stackctl.lifecycle.image_plan import fills_path
from stackctl.lifecycle.owner import check_owner
from stackctl.lifecycle.seat import take_seat
from stackctl.secrets.store import FileSecretStore
from stackctl.services.registry import driver_for
from stackctl.workspace.events import Event
from stackctl.workspace.home import project_home, secrets_dir
from stackctl.workspace.owner import record_owner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackctl.backup.make import BackupPlan
    from stackctl.engine.values import Container
    from stackctl.instances.half import Half
    from stackctl.instances.renewal import Renewal
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target


@dataclass(frozen=True)
class Copy:
    """One volume to copy: where from, where to, its key in the Compose files, its bytes where they are known."""

    source: str
    target: str
    key: str
    size: int | None = None


@dataclass(frozen=True)
class ForkPlan:
    """What would be copied.

    `paused` are the containers that stand still meanwhile; `shared` are volumes that have a name of their own in the
    files, and folders of the host: both instances use the same one. `renewal`: which secrets are made new. `saving`:
    how the data is saved where it is not copied as files, and `why` that is so.
    """

    source: Target
    target: Target
    copies: tuple[Copy, ...]
    paused: tuple[Container, ...]
    secrets: tuple[str, ...]
    shared: tuple[str, ...] = ()
    renewal: Renewal | None = None
    saving: BackupPlan | None = None
    why: str = ""

    @property
    def size(self) -> int:
        """Give the bytes of what is copied, as far as the engine knows them."""
        return sum(item.size or 0 for item in self.copies)

    def steps(self) -> list[str]:
        """Give the plan as lines for people."""
        lines = self._saved() if self.saving else self._copied()
        if self.renewal:
            lines += self.renewal.steps()
        elif self.secrets:
            lines.append(f"copy {len(self.secrets)} secrets of {self.source.project}")
        return lines + [f"share {name}: its name is written in the files" for name in self.shared]

    def _copied(self) -> list[str]:
        names = ", ".join(sorted({item.service for item in self.paused}))
        lines = [f"pause {names} for the copy"] if names else []
        return lines + [f"copy the volume {item.source} to {item.target}" for item in self.copies]

    def _saved(self) -> list[str]:
        assert self.saving is not None
        through = f"make a backup and restore it into {self.target.project}: {self.why}"
        return [through, *self.saving.steps()]


@dataclass(frozen=True)
class ForkRequest:
    """How to fork. `new_secrets`: with secrets of its own; `quiesce`: what writes may be held still for the copy."""

    new_secrets: bool = False
    quiesce: bool = True


def plan_fork(world: World, source: Target, target: Target, request: ForkRequest) -> ForkPlan:
    """Give what would be copied, and in which way.

    Raises Misuse, Refused where the new instance has data already, where new secrets are wanted and none can be made,
    and where data cannot be copied as it is wanted; EngineError.
    """
    if not target.instance:
        raise Misuse("a fork needs a name", f"write: stackctl up {target.env.value} --instance NAME --fork-from …")
    if source.project == target.project:
        raise Misuse(f"{source.title} cannot be forked from itself", "give the copy another --instance")
    there = world.engine.volume_names(target.project)
    if read_half(world, target.project) is None and (there or world.engine.containers(target.project)):
        raise Refused(
            f"the instance {target.instance} has data already ({len(there)} volumes), and a fork would replace it",
            "start it as it is, without --fork-from; or give the copy another --instance; or remove this one: "
            f"stackctl instances remove {target.project}",
            code="exists",
        )
    volumes = [item for item in world.engine.volumes(source.project) if not item.name.endswith(MARK)]
    if not volumes:
        raise Refused(f"{source.title} has no data to copy", "start it once: stackctl up", code="nothing-to-fork")
    containers = world.engine.containers(source.project)
    check_owner(world, source, containers)
    start = f"{source.project}_"
    sizes = world.engine.volume_sizes([item.name for item in volumes])
    copies = tuple(
        Copy(item.name, f"{target.project}_{item.name.removeprefix(start)}", item.key, sizes.get(item.name))
        for item in volumes
        if item.name.startswith(start)
    )
    names = {item.source for item in copies}
    paused = tuple(
        item
        for item in containers
        if item.state == "running" and any(mount.source in names and mount.writable for mount in item.mounts)
    )
    secrets = FileSecretStore(secrets_dir(world.shell, source.project), world.files).names()
    shared = [f"the volume {item.name}" for item in volumes if not item.name.startswith(start)]
    shared += [f"the folder {folder}" for folder in _folders(containers)]
    own = [item for item in volumes if item.name in names]
    why = why_not_copied(world, own, quiesce=request.quiesce)
    saving = plan_saving(world, source, quiesce=request.quiesce) if why else None
    renewal = plan_renewal(world, source, target) if request.new_secrets else None
    return ForkPlan(source, target, copies, paused, tuple(secrets), tuple(shared), renewal, saving, why)


def _folders(containers: Sequence[Container]) -> list[str]:
    """Give the folders of the host in which a service keeps its data, as its driver knows the paths."""
    found = {
        mount.source
        for item in containers
        for mount in item.mounts
        if mount.kind == "bind" and mount.writable and mount.target in driver_for(item.image, item.labels).data
    }
    return sorted(found)


def apply_fork(world: World, plan: ForkPlan, half: Half) -> None:
    """Copy; to be called with the locks of both projects held. Whatever fails, the new instance is removed again.

    `half` is what is kept on disk until it is done. Raises EngineError, BackupFailed where a container cannot be paused
    or a login not be set.
    """
    need_tools(world)
    project = plan.target.project
    keep_half(world, project, half)
    try:
        take_seat(world, plan.target, forking=True)
        old = world.engine.volume_names(project)
        if old:
            world.engine.remove_volumes(old)
        record_owner(project_home(world.shell, project), plan.target.root, world.files)
        give_secrets(world, plan)
        _copy_fills(world, plan)
        journal = Journal(world, plan.source.project, {"operation": "fork"})
        with hushed(world, journal, Hush(pause=plan.paused)):
            for item in plan.copies:
                _copy(world, project, item)
        journal.close()
        set_logins(world, plan)
    except BaseException:
        take_away(world, project)
        raise
    forget_half(world, project)


def _copy(world: World, project: str, item: Copy) -> None:
    began = world.clock.monotonic()
    world.events(Event("data", "copying", item.key or item.source, "running"))
    make_volume(world, project, item.target, item.key)
    copy_volume(world, project, item.source, item.target)
    world.events(Event("data", "copied", item.key or item.source, "done", world.clock.monotonic() - began))


def _copy_fills(world: World, plan: ForkPlan) -> None:
    """Let the copies be known by the image that filled the originals: the same kind may open them, no other."""
    known = read_fills(world.files, fills_path(world, plan.source.project))
    found = {item.target: known[item.source] for item in plan.copies if item.source in known}
    record_fill(world.files, fills_path(world, plan.target.project), found, {})
