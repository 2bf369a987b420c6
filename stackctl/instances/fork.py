"""A new instance with a copy of another one's data and secrets: the source stands still for the copy, and goes on.

Before anything is copied every container that writes to the volumes is paused, so that the copy is of one moment. It is
what a store finds after a power cut, and every store that keeps a journal opens it; nothing is stopped or disconnected.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.backup.journal import Journal
from stackctl.backup.quiet import Hush, hushed
from stackctl.errors import Misuse, Refused
from stackctl.images.fills import read_fills, record_fill
from stackctl.instances.copying import copy_volume, make_volume, need_tools
from stackctl.instances.remove import apply_remove, plan_seat
from stackctl.instances.snapshot import MARK
from stackctl.lifecycle.image_plan import fills_path
from stackctl.lifecycle.owner import check_owner
from stackctl.lifecycle.seat import FORKING, take_seat
from stackctl.secrets.store import READABLE_FILE
from stackctl.workspace.events import Event
from stackctl.workspace.home import home, project_home, secrets_dir
from stackctl.workspace.owner import record_owner
from stackctl.workspace.register import read_register

if TYPE_CHECKING:
    from stackctl.engine.values import Container
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
    files: both instances use the same one.
    """

    source: Target
    target: Target
    copies: tuple[Copy, ...]
    paused: tuple[Container, ...]
    secrets: tuple[str, ...]
    shared: tuple[str, ...] = ()

    def steps(self) -> list[str]:
        """Give the plan as lines for people."""
        names = ", ".join(sorted({item.service for item in self.paused}))
        lines = [f"pause {names} for the copy"] if names else []
        lines += [f"copy the volume {item.source} to {item.target}" for item in self.copies]
        lines += [f"copy {len(self.secrets)} secrets of {self.source.project}"] if self.secrets else []
        return lines + [f"share the volume {name}: its name is written in the files" for name in self.shared]


def plan_fork(world: World, source: Target, target: Target) -> ForkPlan:
    """Give what would be copied. Raises Misuse, Refused where the new instance has data already, EngineError."""
    if not target.instance:
        raise Misuse("a fork needs a name", f"write: stackctl up {target.env.value} --instance NAME --fork-from …")
    if source.project == target.project:
        raise Misuse(f"{source.title} cannot be forked from itself", "give the copy another --instance")
    unfinished = world.files.read(project_home(world.shell, target.project) / FORKING) is not None
    there = world.engine.volume_names(target.project)
    if not unfinished and (there or world.engine.containers(target.project)):
        raise Refused(
            f"the instance {target.instance} has data already ({len(there)} volumes), and a fork would replace it",
            f"give the copy another --instance, or remove this one: stackctl instances remove {target.project}",
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
    secrets = tuple(world.files.names(secrets_dir(world.shell, source.project)))
    shared = tuple(item.name for item in volumes if not item.name.startswith(start))
    return ForkPlan(source, target, copies, paused, secrets, shared)


def apply_fork(world: World, plan: ForkPlan) -> None:
    """Copy; to be called with the locks of both projects held. Whatever fails, the new instance is removed again.

    Raises EngineError, BackupFailed where a container cannot be paused.
    """
    need_tools(world)
    project = plan.target.project
    folder = project_home(world.shell, project)
    world.files.make_dir(folder)
    # After a kill it says that the data is half a copy: nothing is started with it, and the next fork begins anew.
    world.files.write(folder / FORKING, json.dumps({"from": plan.source.project}).encode())
    try:
        take_seat(world, plan.target, forking=True)
        old = world.engine.volume_names(project)
        if old:
            world.engine.remove_volumes(old)
        record_owner(folder, plan.target.root, world.files)
        _copy_secrets(world, plan)
        _copy_fills(world, plan)
        journal = Journal(world, plan.source.project, {"operation": "fork"})
        with hushed(world, journal, Hush(pause=plan.paused)):
            for item in plan.copies:
                _copy(world, project, item)
        journal.close()
    except BaseException:
        _undo(world, project)
        raise
    world.files.remove(folder / FORKING)


def _copy(world: World, project: str, item: Copy) -> None:
    began = world.clock.monotonic()
    world.events(Event("data", "copying", item.key or item.source, "running"))
    make_volume(world, project, item.target, item.key)
    copy_volume(world, item.source, item.target)
    world.events(Event("data", "copied", item.key or item.source, "done", world.clock.monotonic() - began))


def _copy_secrets(world: World, plan: ForkPlan) -> None:
    """Give the copy the secrets of the source: the data was made with them, and would not open with others."""
    source, target = (secrets_dir(world.shell, item.project) for item in (plan.source, plan.target))
    world.files.make_dir(target)
    for name in plan.secrets:
        data = world.files.read(source / name)
        if data is not None:
            world.files.write(target / name, data, READABLE_FILE)


def _copy_fills(world: World, plan: ForkPlan) -> None:
    """Let the copies be known by the image that filled the originals: the same kind may open them, no other."""
    known = read_fills(world.files, fills_path(world, plan.source.project))
    found = {item.target: known[item.source] for item in plan.copies if item.source in known}
    record_fill(world.files, fills_path(world, plan.target.project), found, {})


def _undo(world: World, project: str) -> None:
    seat = read_register(home(world.shell), world.files).seat(project)
    if seat is not None:
        apply_remove(world, plan_seat(world, seat))
    else:
        world.files.remove_tree(project_home(world.shell, project))
