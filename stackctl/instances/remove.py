"""Ending an instance for good: its containers, its data, its secrets, its ports."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.errors import Misuse
from stackctl.lifecycle.down import DownPlan, apply_down, plan_project
from stackctl.workspace.home import FORKING, home, project_home
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


def apply_remove(world: World, plan: RemovePlan, stays: Collection[str] = ()) -> None:
    """Carry the plan out; the ports are given back last, so that doing it again finishes what was left.

    `stays` are files of the project's home that are left: a lock that is still held.
    """
    apply_down(world, plan.down)
    clear_home(world, plan.seat.project, stays)
    world.files.remove_tree(Path(plan.seat.root) / ".stackctl" / plan.seat.project)
    with changing(home(world.shell), world.files, world.clock) as (register, keep):
        keep(register.without(plan.seat.project))


def clear_home(world: World, project: str, stays: Collection[str] = ()) -> None:
    """Remove what $STACKCTL_HOME has of a project; sets of backups stay."""
    folder = project_home(world.shell, project)
    there = world.files.names(folder)
    kept = {*stays, *([BACKUPS] if world.files.names(folder / BACKUPS) else [])} & set(there)
    # The mark of half a copy goes last: killed in the middle of this, it is still half a copy.
    for name in sorted(set(there) - kept, key=lambda name: (name == FORKING, name)):
        world.files.remove_tree(folder / name)
    if not kept:
        world.files.remove_tree(folder)


def volumes_of(plans: Sequence[RemovePlan]) -> list[tuple[str, int | None]]:
    """Give every volume that would go, with its size in bytes where it is known."""
    return [(volume.name, volume.size) for plan in plans for volume in plan.down.remove]


def _title(seat: Seat) -> str:
    return " · ".join(word for word in (seat.stack, seat.env or "default", seat.instance) if word)
