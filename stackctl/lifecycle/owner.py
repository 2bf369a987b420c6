"""Whose project it is.

Two folders of one name share a project in Compose: the second `up` takes the first's containers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.errors import Refused
from stackctl.workspace.home import project_home
from stackctl.workspace.owner import recorded_owner

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target


def check_owner(world: World, target: Target, containers: Sequence[Container]) -> None:
    """Raise Refused when containers or stored secrets of this project name belong to another folder that still exists.

    A folder that is gone has been moved or removed: nobody else can claim the project then.
    """
    for container in containers:
        folder = Path(container.working_dir) if container.working_dir else None
        if folder and folder.is_dir() and not _same(folder, target.directory):
            raise _refused(target, f"the container {container.name} of project {target.project} belongs to {folder}")
    stored = recorded_owner(project_home(world.shell, target.project), world.files)
    if stored and Path(stored).is_dir() and not _same(Path(stored), target.root):
        raise _refused(target, f"the stored secrets of project {target.project} belong to {stored}")


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _refused(target: Target, message: str) -> Refused:
    return Refused(
        message,
        f"give this copy a name of its own: --instance {target.root.parent.name.lower() or 'second'}",
        code="foreign-project",
    )
