"""The data of a project as it was at a moment, and back to it: for tests that change data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.errors import EngineError, NotReady
from stackctl.instances.copying import copy_volume, make_volume, need_tools

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackctl.lifecycle.world import World

MARK = "--snapshot"


def take_snapshot(world: World, project: str) -> list[str]:
    """Stop the project's containers and keep a copy of each volume; give their names.

    The containers stay stopped: the caller starts them. Raises EngineError.
    """
    need_tools(world)
    _end(world, project, "stop")
    volumes = _volumes(world, project)
    for name in volumes:
        make_volume(world, project, name + MARK, "")
        copy_volume(world, project, name, name + MARK)
    return volumes


def put_back(world: World, project: str) -> list[str]:
    """End the project's containers and put the snapshot's data back; give the volumes' names.

    They are killed: what they would still write is thrown away anyway. The caller starts them. Raises NotReady where
    there is no snapshot, EngineError.
    """
    there = set(world.engine.volume_names(project))
    volumes = [name for name in _volumes(world, project) if name + MARK in there]
    if not volumes:
        raise NotReady(f"there is no snapshot of {project}", "take one first: stack.snapshot()", code="no-snapshot")
    need_tools(world)
    _end(world, project, "kill")
    for name in volumes:
        copy_volume(world, project, name + MARK, name)
    return volumes


def _volumes(world: World, project: str) -> list[str]:
    return [name for name in world.engine.volume_names(project) if not name.endswith(MARK)]


def _end(world: World, project: str, verb: str) -> None:
    ids: Sequence[str] = [item.id for item in world.engine.containers(project) if item.running]
    outcome = world.engine.run((verb, *ids)) if ids else None
    if outcome is not None and outcome.code != 0:
        raise EngineError(f"docker {verb} failed: {outcome.err.strip()}", "see: stackctl status")
