"""Which instances there are on this machine: where, on which branch, which ports, how much disk, since when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.doctor.around import read_lines, read_neighbours
from stackctl.engine.values import PROJECT_LABEL
from stackctl.errors import EngineError, Finding
from stackctl.instances.half import read_half
from stackctl.workspace.git import branch
from stackctl.workspace.home import home
from stackctl.workspace.register import sound_register

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackctl.lifecycle.world import World
    from stackctl.workspace.register import Seat


@dataclass(frozen=True)
class Instance:
    """One row. `running` and `containers` are counts, `disk` is bytes; None where the engine does not say.

    `half`: its fork is under way, or was cut short.
    """

    seat: Seat
    branch: str
    there: bool
    age: float
    running: int | None = None
    containers: int | None = None
    disk: int | None = None
    half: bool = False

    @property
    def state(self) -> str:
        """Give how it is, in a word or two."""
        if not self.there:
            return "folder is gone"
        if self.half:
            return "half a copy"
        if self.containers is None:
            return "unknown"
        return f"{self.running} running" if self.running else "stopped"


def instances(world: World) -> list[Instance]:
    """Give every instance, the oldest first; while the engine is down without what only it knows.

    Raises ConfigError where the register is damaged: none is not the answer then.
    """
    seats = sorted(sound_register(home(world.shell), world.files).seats, key=lambda seat: seat.created)
    if not seats:
        return []
    now = world.clock.now()
    try:
        there = Counter((item.project, item.running) for item in read_neighbours(world.engine))
        disk: Mapping[str, int] | None = _disk(world, [seat.project for seat in seats])
    except EngineError:
        there, disk = None, None
    return [
        Instance(
            seat,
            branch(Path(seat.root)),
            Path(seat.root).is_dir(),
            max(0.0, (now - datetime.fromisoformat(seat.created)).total_seconds()),
            None if there is None else there[seat.project, True],
            None if there is None else there[seat.project, True] + there[seat.project, False],
            None if disk is None else disk[seat.project],
            read_half(world, seat.project) is not None,
        )
        for seat in seats
    ]


def gone(found: Sequence[Instance]) -> list[Finding]:
    """Give a finding for each instance whose folder does not exist any more, with the command that removes it."""
    return [
        Finding(
            "instance-left",
            "warning",
            item.seat.instance,
            f"the folder of the instance {item.seat.instance} is gone: {item.seat.root}"
            + (f"; {item.running} of its containers run" if item.running else ""),
            f"remove it: stackctl instances remove {item.seat.project}",
        )
        for item in found
        if not item.there
    ]


def unfinished(found: Sequence[Instance]) -> list[Finding]:
    """Give a finding for each instance that is half a copy, with what the next command does."""
    return [
        Finding(
            "fork-unfinished",
            "warning",
            item.seat.instance,
            f"the data of the instance {item.seat.instance} is half a copy: its fork is under way, or was cut short",
            f"where it was cut short, the next `up` of it makes it again, and stackctl instances remove "
            f"{item.seat.project} takes it away",
        )
        for item in found
        if item.there and item.half
    ]


def _disk(world: World, projects: Sequence[str]) -> dict[str, int]:
    form = f'{{{{.Name}}}}\t{{{{.Label "{PROJECT_LABEL}"}}}}'
    rows = [line.partition("\t") for line in read_lines(world.engine, ("volume", "ls", "--format", form))]
    owner = {name: project for name, _tab, project in rows if project in projects}
    sizes = world.engine.volume_sizes(list(owner)) if owner else {}
    found = dict.fromkeys(projects, 0)
    for name, project in owner.items():
        found[project] += sizes.get(name, 0)
    return found
