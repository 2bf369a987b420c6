"""The first start of an environment in a checkout: whether it is still to be done, and how far it has come.

`.stackctl/<project>/first-run.json` is there while it is under way, `first-run-done.json` once it has ended well. Both
only say what was done: whether that still holds is asked of the files and the engine each time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.workspace.home import first_run_file, scratch

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target

DONE = "first-run-done.json"
SCHEMA = 1


@dataclass(frozen=True)
class Progress:
    """How many seconds each step took that is done, by its name."""

    seconds: Mapping[str, float] = field(default_factory=dict)

    def having(self, step: str, seconds: float) -> Progress:
        """Give the progress with one more step done."""
        return replace(self, seconds={**self.seconds, step: seconds})


def first_run(world: World, target: Target, *, unchanged: bool) -> Progress | None:
    """Give how far the first start has come; None where an earlier one has ended well.

    `unchanged`: all runs already, as one look has told. Then only one that was cut short when its stack was healthy
    is still to be ended.
    """
    going = first_run_file(target.root, target.main_project)
    if world.files.look(going.with_name(DONE)) is not None:
        world.files.remove(going)
        return None
    data = world.files.read(going)
    if data is None and (unchanged or _started_before(world, target)):
        return None
    return _read(data)


def keep(world: World, target: Target, progress: Progress) -> None:
    """Remember how far it has come."""
    _write(world, target, first_run_file(target.root, target.main_project), progress)


def finish(world: World, target: Target, progress: Progress) -> None:
    """Remember that it has ended well: the next start is an everyday one."""
    going = first_run_file(target.root, target.main_project)
    _write(world, target, going.with_name(DONE), progress)
    world.files.remove(going)


def _started_before(world: World, target: Target) -> bool:
    """Say whether a start has ended well before there was a record of first ones."""
    from stackctl.lifecycle.state import load_applied

    return any(load_applied(world, project).services for project in {target.project, target.main_project})


def _read(data: bytes | None) -> Progress:
    try:
        raw = json.loads(data or b"")
        if raw["schema"] != SCHEMA:
            return Progress()
        return Progress({str(name): float(seconds) for name, seconds in raw["seconds"].items()})
    except (ValueError, KeyError, TypeError, AttributeError):
        return Progress()


def _write(world: World, target: Target, path: Path, progress: Progress) -> None:
    # By environment, not by instance: who starts a second copy has seen the first one.
    scratch(target.root, target.main_project, world.files)
    kept = {name: round(seconds, 3) for name, seconds in progress.seconds.items()}
    world.files.write(path, json.dumps({"schema": SCHEMA, "seconds": kept}).encode(), 0o644)
