"""Ending an instance for good: its containers, its data, its secrets, its ports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.errors import Misuse
from stackctl.lifecycle.down import DownPlan, apply_down, plan_project
from stackctl.workspace.home import home, project_home
from stackctl.workspace.names import unknown
from stackctl.workspace.register import changing, read_register

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World
    from stackctl.workspace.register import Register, Seat

BACKUPS = "backups"


@dataclass(frozen=True)
class RemovePlan:
    """What would go: what `down --volumes` takes, the secrets, the ports. `keep`: where its backups are, if any."""

    seat: Seat
    down: DownPlan
    secrets: int
    keep: Path | None

    def lost(self) -> list[str]:
        """Give what will be lost as lines, volumes apart."""
        lines = []
        if self.down.containers:
            lines.append(f"{len(self.down.containers)} containers of {self.seat.project}")
        if self.secrets:
            lines.append(f"{self.secrets} secrets of {self.seat.project}")
        return [*lines, f"ports {self.seat.first}–{self.seat.ports[-1]}"]


def chosen(register: Register, name: str, here: Path | None) -> list[Seat]:
    """Give the seats that a name means: a project, or an instance; in several folders the one `here` counts.

    Raises Misuse for an unknown name, and where it is not clear which folder is meant.
    """
    exact = [seat for seat in register.seats if seat.project == name]
    found = exact or [seat for seat in register.seats if seat.instance == name]
    if not found:
        raise unknown("instance", name, {seat.instance for seat in register.seats})
    near = [seat for seat in found if here is not None and seat.root == str(here)]
    found = near or found
    roots = sorted({seat.root for seat in found})
    if len(roots) > 1:
        raise Misuse(
            f"an instance {name} is in {len(roots)} folders: {', '.join(roots)}",
            f"name its project: {', '.join(seat.project for seat in found)}",
            code="ambiguous",
        )
    return found


def plan_remove(world: World, name: str, here: Path | None = None) -> list[RemovePlan]:
    """Give what would go, one plan per environment of the instance. Raises Misuse, EngineError."""
    return [plan_seat(world, seat) for seat in chosen(read_register(home(world.shell), world.files), name, here)]


def plan_seat(world: World, seat: Seat) -> RemovePlan:
    """Give what would go with one seat. Raises EngineError."""
    folder = project_home(world.shell, seat.project)
    sets = world.files.names(folder / BACKUPS)
    secrets = len(world.files.names(folder / "secrets"))
    return RemovePlan(
        seat, plan_project(world, seat.project, _title(seat), True), secrets, folder / BACKUPS if sets else None
    )


def apply_remove(world: World, plan: RemovePlan) -> None:
    """Carry the plan out; the ports are given back last, so that doing it again finishes what was left."""
    apply_down(world, plan.down)
    folder = project_home(world.shell, plan.seat.project)
    for name in world.files.names(folder):
        if name != BACKUPS or plan.keep is None:
            world.files.remove_tree(folder / name)
    if plan.keep is None:
        world.files.remove_tree(folder)
    world.files.remove_tree(Path(plan.seat.root) / ".stackctl" / plan.seat.project)
    with changing(home(world.shell), world.files, world.clock) as (register, keep):
        keep(register.without(plan.seat.project))


def volumes_of(plans: Sequence[RemovePlan]) -> list[tuple[str, int | None]]:
    """Give every volume that would go, with its size in bytes where it is known."""
    return [(volume.name, volume.size) for plan in plans for volume in plan.down.remove]


def _title(seat: Seat) -> str:
    return " · ".join(word for word in (seat.stack, seat.env or "default", seat.instance) if word)
