"""The last words of containers that are about to be removed, kept for `logs --previous`.

They lie in `.stackctl/<project>/previous/`, one file for each container's name, masked and bounded; the next removal
replaces them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.errors import StackctlError
from stackctl.logs.history import History
from stackctl.logs.json_lines import json_lines
from stackctl.logs.record import hide, read_all
from stackctl.logs.request import LogRequest
from stackctl.workspace.home import scratch

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.lifecycle.world import World

LINES = 2000
MOST_BYTES = 4 * 1024 * 1024
FOLDER = "previous"


def keep(world: World, root: Path, project: str, containers: Sequence[Container]) -> None:
    """Keep the last lines of these containers. What cannot be read or written is passed over: nothing waits for it."""
    for container in containers:
        try:
            data = _last_words(world, container)
            if data:
                folder = scratch(root, project, world.files) / FOLDER
                world.files.make_dir(folder)
                world.files.write(folder / f"{container.name}.jsonl", data)
        except StackctlError:
            continue


def kept(world: World, root: Path, project: str) -> list[Path]:
    """Give the files that were kept."""
    folder = scratch(root, project) / FOLDER
    return [folder / name for name in world.files.names(folder) if name.endswith(".jsonl")]


def _last_words(world: World, container: Container) -> bytes:
    refused: Callable[[str], None] = lambda _text: None  # noqa: E731 - a value to pass, not a function to find
    history = History(world.engine, world.clock, LogRequest(tail=LINES), refused)
    lines = [line for batch in history.batches([container]) for line in batch]
    data = json_lines(hide(read_all(lines), world.mask))
    if len(data) > MOST_BYTES:
        data = data[-MOST_BYTES:].partition(b"\n")[2]
    return data
