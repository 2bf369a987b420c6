"""What a fork is made of while it is made, on disk before anything is copied; and the end of one that was killed.

Half a copy is never started. The next command that wants the instance makes it again, any other that changes something
takes it away: nobody has to clean up.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from stackctl.backup.helpers import sweep
from stackctl.backup.recover import recover
from stackctl.errors import Refused
from stackctl.instances.remove import apply_remove, clear_home, plan_seat
from stackctl.lifecycle.down import apply_down, plan_project
from stackctl.workspace.events import note
from stackctl.workspace.home import FORKING, JOURNAL, home, project_home
from stackctl.workspace.lock import locked
from stackctl.workspace.register import read_register

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World

LOCK = "lock"


@dataclass(frozen=True)
class Half:
    """A fork that is not done: the source's project, and what was asked for, so that it can be made again."""

    source: str
    asked: str = ""
    new_secrets: bool = False
    quiesce: bool = True


def keep_half(world: World, project: str, half: Half) -> None:
    """Write down that a fork begins; nothing is started with its data from now on."""
    folder = project_home(world.shell, project)
    world.files.make_dir(folder)
    world.files.write(folder / FORKING, json.dumps(asdict(half)).encode())


def forget_half(world: World, project: str) -> None:
    """Say that the fork is whole."""
    world.files.remove(project_home(world.shell, project) / FORKING)


def read_half(world: World, project: str) -> Half | None:
    """Give the fork that was not done, or None."""
    data = world.files.read(project_home(world.shell, project) / FORKING)
    if data is None:
        return None
    try:
        raw = json.loads(data)
        return Half(str(raw["source"]), str(raw["asked"]), bool(raw["new_secrets"]), bool(raw["quiesce"]))
    except (ValueError, KeyError, TypeError):
        return Half("")  # it is written in one piece: one that does not parse was spoilt by hand


def end_half(world: World, project: str) -> None:
    """Take half a copy away, with its source as it was; under the copy's lock. Raises EngineError: it stays then."""
    half = read_half(world, project)
    if half is None:
        return
    if half.source:
        _wake(world, half.source)
    sweep(world, project)  # the copying goes on when the client is killed
    take_away(world, project)
    world.events(note(f"a fork was cut short: the half-made copy {project} was removed"))


def end_halves_of(world: World, source: str) -> None:
    """Take away what interrupted forks of a source have left; a copy that somebody works on is left to him."""
    for seat in read_register(home(world.shell), world.files).seats:
        half = read_half(world, seat.project)
        if half is not None and half.source == source:
            try:
                with locked(project_home(world.shell, seat.project) / LOCK, "fork", 0, world.clock):
                    end_half(world, seat.project)
            except Refused:
                continue


def take_away(world: World, project: str) -> None:
    """Remove all that there is of a copy; its lock is held on, and backups of an earlier one of this name stay."""
    seat = read_register(home(world.shell), world.files).seat(project)
    if seat is not None:
        apply_remove(world, plan_seat(world, seat), stays=(LOCK,))
        return
    apply_down(world, plan_project(world, project, project, True))
    clear_home(world, project, stays=(LOCK,))


def _wake(world: World, source: str) -> None:
    """Let the source go on where it was held still. Where its lock is taken, whoever has it has done so."""
    folder = project_home(world.shell, source)
    if not (folder / JOURNAL).exists():
        return
    try:
        with locked(folder / LOCK, "fork", 0, world.clock):
            recover(world, source)
    except Refused:
        return
