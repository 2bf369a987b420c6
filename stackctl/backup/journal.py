"""What is under way, on disk before it happens, so that the next command can finish or undo it after any kill."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.workspace.home import JOURNAL, project_home

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World

SCHEMA = 1


def journal_path(shell: Mapping[str, str], project: str) -> Path:
    """Give the file; that it exists means that something was interrupted, or is under way under the lock."""
    return project_home(shell, project) / JOURNAL


class Journal:
    """The journal of one project. Every write replaces the whole file and is synced before it returns."""

    def __init__(self, world: World, project: str, facts: Mapping[str, Any]) -> None:
        self.project = project
        self.facts = dict(facts)
        self._world = world
        self._path = journal_path(world.shell, project)

    def write(self, **changes: Any) -> None:
        """Remember these facts from now on."""
        self.facts.update(changes)
        self._world.files.make_dir(self._path.parent)
        self._world.files.write(self._path, json.dumps({"schema": SCHEMA, **self.facts}, indent=1).encode())

    @property
    def holds(self) -> bool:
        """Say whether containers are held still that have not been brought back."""
        return bool(self.facts.get("stopped") or self.facts.get("paused"))

    def close(self) -> None:
        """Forget: everything is done, or undone."""
        self._world.files.remove(self._path)


def read_journal(world: World, project: str) -> Journal | None:
    """Give the journal that an interrupted run left, or None."""
    data = world.files.read(journal_path(world.shell, project))
    if data is None:
        return None
    try:
        raw = json.loads(data)
    except ValueError:
        raw = {}  # it is written in one piece: one that does not parse was spoilt by hand
    return Journal(world, project, raw if isinstance(raw, dict) else {})
