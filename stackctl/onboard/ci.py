"""A throw-away instance for one command: how it is called, that it is ours while we live, and its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.errors import Refused
from stackctl.instances.remove import apply_remove, plan_seat
from stackctl.workspace.events import note
from stackctl.workspace.home import home, project_home
from stackctl.workspace.lock import locked
from stackctl.workspace.register import read_register

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World
    from stackctl.workspace.register import Seat
    from stackctl.workspace.target import Target

PREFIX = "ci-"
LOCK = "ci.lock"


def new_name(world: World) -> str:
    """Give a name that no other run has."""
    return PREFIX + world.entropy.take(4).hex()


def check_new(world: World, target: Target) -> None:
    """Raise Refused where the instance exists: it would be removed with its data at the end."""
    register = read_register(home(world.shell), world.files)
    if register.seat(target.project) or world.engine.containers(target.project):
        raise Refused(
            f"the instance {target.instance} exists, and what ci makes is removed at its end",
            f"leave --instance out, or remove it first: stackctl instances remove {target.instance}",
            code="exists",
        )


@contextmanager
def ours(world: World, project: str) -> Iterator[None]:
    """Say that the instance belongs to this process while the block lasts; a dead process says nothing more."""
    with locked(project_home(world.shell, project) / LOCK, "ci", 0, world.clock):
        yield


def sweep(world: World, folder: Path) -> list[Seat]:
    """Remove what runs below this folder left that were killed: nobody holds their lock any more; give what it was.

    Raises EngineError.
    """
    swept = []
    for seat in read_register(home(world.shell), world.files).seats:
        lock = project_home(world.shell, seat.project) / LOCK
        if Path(seat.root).is_relative_to(folder) and world.files.read(lock) is not None:
            try:
                with locked(lock, "ci", 0, world.clock):
                    world.events(note(f"removing {seat.instance}, which a run that was killed has left"))
                    end(world, seat)
            except Refused:
                continue  # another run, at work
            swept.append(seat)
    return swept


def end(world: World, seat: Seat) -> None:
    """Remove the instance: containers, networks, volumes, secrets, ports. Doing it again finishes what was left."""
    apply_remove(world, plan_seat(world, seat))


def seat_for(world: World, project: str) -> Seat | None:
    """Give the seat of a project, None where it never got so far."""
    return read_register(home(world.shell), world.files).seat(project)
