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

from stackctl.workspace.home import scratch

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target

GOING, DONE = "first-run.json", "first-run-done.json"
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

    `unchanged`: all runs already, as one look has told. Then this costs the look at one file: only a first start that
    was cut short after its stack was healthy has left that.
    """
    going = _path(target, GOING)
    if unchanged and world.files.look(going) is None:
        return None
    if world.files.look(_path(target, DONE)) is not None or _started_before(world, target, unchanged=unchanged):
        world.files.remove(going)
        return None
    return _read(world.files.read(going))


def keep(world: World, target: Target, progress: Progress) -> None:
    """Remember how far it has come."""
    _write(world, target, GOING, progress)


def finish(world: World, target: Target, progress: Progress) -> None:
    """Remember that it has ended well: the next start is an everyday one."""
    _write(world, target, DONE, progress)
    world.files.remove(_path(target, GOING))


def _started_before(world: World, target: Target, *, unchanged: bool) -> bool:
    """Say whether a start has ended well before there was a record of first ones."""
    if unchanged or world.files.look(_path(target, GOING)) is not None:
        return False
    from stackctl.lifecycle.state import load_applied

    return any(load_applied(world, project).services for project in {target.project, target.main_project})


def _path(target: Target, name: str) -> Path:
    # By environment, not by instance: who starts a second copy has seen the first one.
    return scratch(target.root, target.main_project) / name


def _read(data: bytes | None) -> Progress:
    try:
        raw = json.loads(data or b"")
        if raw["schema"] != SCHEMA:
            return Progress()
        return Progress({str(name): float(seconds) for name, seconds in raw["seconds"].items()})
    except (ValueError, KeyError, TypeError, AttributeError):
        return Progress()


def _write(world: World, target: Target, name: str, progress: Progress) -> None:
    kept = {name: round(seconds, 3) for name, seconds in progress.seconds.items()}
    scratch(target.root, target.main_project, world.files)
    data = json.dumps({"schema": SCHEMA, "seconds": kept}).encode()
    world.files.write(_path(target, name), data, 0o644)
