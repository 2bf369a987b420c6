"""Which restores there were, so that the last one can be undone. Kept in the project's folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.workspace.home import project_home

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World

KEPT = 50


@dataclass(frozen=True)
class Record:
    """One restore: when, from which set, which services, and the set that holds what was there before (or nothing)."""

    at: str
    set: str
    services: tuple[str, ...]
    safety: str


def read_records(world: World, project: str) -> list[Record]:
    """Give every restore, the oldest first."""
    try:
        raw = json.loads(world.files.read(_path(world, project)) or b"[]")
        return [record_from(item) for item in raw]
    except (ValueError, KeyError, TypeError):
        return []


def add_record(world: World, project: str, record: Record) -> None:
    """Remember a restore; one that is remembered already is not remembered twice."""
    known = read_records(world, project)
    if known and known[-1] == record:
        return
    kept = [*known, record][-KEPT:]
    world.files.make_dir(project_home(world.shell, project))
    world.files.write(_path(world, project), json.dumps([asdict(item) for item in kept], indent=1).encode())


def record_from(raw: Mapping[str, Any]) -> Record:
    """Read a record as it stands in a file."""
    return Record(raw["at"], raw["set"], tuple(raw["services"]), raw["safety"])


def note_backup(world: World, project: str, folder: Path, *, ok: bool) -> None:
    """Remember how the last backup ended, and where the sets are: after a failed one nothing is thrown away."""
    facts = {"at": world.clock.now().isoformat(timespec="seconds"), "ok": ok, "folder": str(folder)}
    world.files.make_dir(project_home(world.shell, project))
    world.files.write(_last(world, project), json.dumps(facts).encode())


def last_backup_failed(world: World, project: str) -> bool:
    """Say whether the last backup failed; no backup at all is no failure."""
    data = world.files.read(_last(world, project))
    try:
        return data is not None and not json.loads(data)["ok"]
    except (ValueError, KeyError, TypeError):
        return True


def last_verified(world: World, project: str) -> datetime | None:
    """Give when the newest set that passed a check was made, or None. Needs neither the model nor the engine."""
    data = world.files.read(_last(world, project))
    if data is None:
        return None
    try:
        folder = Path(json.loads(data)["folder"])
    except (ValueError, KeyError, TypeError):
        return None
    from stackctl.backup.catalogue import entry
    from stackctl.backup.place import DiskPlace

    place = DiskPlace(folder, world.files)
    for set_id in reversed(place.ids()):
        found = entry(place, set_id)
        if found.manifest and found.verified[0]:
            return datetime.fromisoformat(found.manifest.created)
    return None


def _last(world: World, project: str) -> Path:
    return project_home(world.shell, project) / "backup-last.json"


def _path(world: World, project: str) -> Path:
    return project_home(world.shell, project) / "restores.json"
