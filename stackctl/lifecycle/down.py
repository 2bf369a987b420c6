"""Remove containers and networks. Volumes stay, unless they are named, shown and confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.lifecycle.owner import check_owner
from stackctl.lifecycle.state import forget
from stackctl.workspace.events import Event
from stackctl.workspace.home import project_home

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target


@dataclass(frozen=True)
class LostVolume:
    """A volume that would be removed: its name, and its size in bytes where the engine knows it."""

    name: str
    size: int | None


@dataclass(frozen=True)
class DownPlan:
    """What would go, and what stays."""

    project: str
    title: str
    containers: tuple[Container, ...]
    networks: tuple[str, ...]
    remove: tuple[LostVolume, ...]
    keep: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Say whether there is nothing to do."""
        return not (self.containers or self.networks or self.remove)

    def steps(self) -> list[str]:
        """Give the plan as lines for people, each with its reason."""
        lines = []
        if self.containers:
            names = ", ".join(sorted({container.service for container in self.containers}))
            lines.append(f"stop and remove {len(self.containers)} containers: {names}")
        if self.networks:
            lines.append(f"remove the networks {', '.join(self.networks)}")
        lines += [f"remove the volume {volume.name} and all its data" for volume in self.remove]
        if self.keep:
            lines.append(f"keep the data: {len(self.keep)} volumes ({', '.join(self.keep)})")
        return lines


def plan_project(world: World, project: str, title: str, volumes: bool) -> DownPlan:
    """Give the plan for a project by its name alone: it also works when its files are broken or gone."""
    containers = tuple(world.engine.containers(project))
    found = world.engine.volume_names(project)
    sizes = world.engine.volume_sizes(found) if volumes and found else {}
    remove = tuple(LostVolume(name, sizes.get(name)) for name in found) if volumes else ()
    return DownPlan(
        project, title, containers, tuple(world.engine.networks(project)), remove, () if volumes else tuple(found)
    )


def plan_down(world: World, target: Target, volumes: bool) -> DownPlan:
    """Give the plan for a target. Raises Refused where the project belongs to another folder."""
    plan = plan_project(world, target.project, target.title, volumes)
    check_owner(world, target, plan.containers)
    return plan


def apply_down(world: World, plan: DownPlan) -> None:
    """Carry the plan out. Raises EngineError; doing it again finishes what was left."""
    if plan.containers or plan.networks:
        world.events(Event("phase", f"stopping {len(plan.containers)} containers", plan.project, "running"))
        world.engine.down(plan.project)
    if plan.remove:
        world.events(Event("phase", f"removing {len(plan.remove)} volumes", plan.project, "running"))
        world.engine.remove_volumes([volume.name for volume in plan.remove])
        forget(world, plan.project)


def removed_services(plan: DownPlan) -> Sequence[str]:
    """Give the names of the services whose containers the plan removes."""
    return sorted({container.service for container in plan.containers})


def state_folder(world: World, project: str) -> str:
    """Give the folder that keeps the project's secrets and volume facts; `down` never touches it."""
    return str(project_home(world.shell, project))
