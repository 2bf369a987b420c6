"""What the last successful `up` applied, kept under $STACKCTL_HOME by project name: digests and container ids."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.lifecycle.facts import ServiceFacts
from stackctl.workspace.home import project_home

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World

SCHEMA = 1


@dataclass(frozen=True)
class Applied:
    """The record: a digest of the whole model, and per service what it was started with."""

    model: str = ""
    services: Mapping[str, ServiceFacts] = field(default_factory=dict)


def load_applied(world: World, project: str) -> Applied:
    """Give the record, an empty one where there is none or it cannot be read: in doubt, Compose is asked."""
    data = world.files.read(_path(world, project))
    try:
        raw = json.loads(data or b"")
        if raw["schema"] != SCHEMA:
            return Applied()
        services = {
            name: ServiceFacts(tuple(item["containers"]), item["files"], item["secrets"], item["build"])
            for name, item in raw["services"].items()
        }
        return Applied(str(raw["model"]), services)
    except (ValueError, KeyError, TypeError):
        return Applied()


def save_applied(world: World, project: str, applied: Applied) -> None:
    """Keep the record."""
    services = {name: _kept(item) for name, item in sorted(applied.services.items())}
    data = json.dumps({"schema": SCHEMA, "model": applied.model, "services": services}, indent=1)
    world.files.make_dir(project_home(world.shell, project))
    world.files.write(_path(world, project), data.encode())


def _kept(item: ServiceFacts) -> dict[str, object]:
    build = item.inputs.as_dict() if item.inputs else item.build
    return {"containers": item.containers, "files": item.files, "secrets": item.secrets, "build": build}


def forget(world: World, project: str) -> None:
    """Drop the record and the volume facts: the volumes are gone."""
    home = project_home(world.shell, project)
    for name in ("applied.json", "volumes.json", "credentials.json", "glance.json"):
        world.files.remove(home / name)


def _path(world: World, project: str) -> Path:
    return project_home(world.shell, project) / "applied.json"
