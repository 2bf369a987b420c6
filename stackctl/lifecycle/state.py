"""What the last successful `up` applied, kept under $STACKCTL_HOME by project name: digests and container ids."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.lifecycle.facts import ServiceFacts
from stackctl.workspace.home import project_home

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World

SCHEMA = 1


@dataclass(frozen=True)
class Applied:
    """The record: a digest of the whole model, and per service what it was started with.

    `pending` is what a start that has not ended well (yet) gives to the containers that it makes.
    """

    model: str = ""
    services: Mapping[str, ServiceFacts] = field(default_factory=dict)
    pending: Mapping[str, ServiceFacts] = field(default_factory=dict)

    def started_with(self, name: str, containers: Collection[str]) -> ServiceFacts | None:
        """Give what these containers of a service were started with, None where the record does not know them.

        Containers that are not those of the record came from the start that did not end well. A record of what is
        certain alone would take them as they are, and a password that was put right in between would never reach them.
        """
        known = self.services.get(name)
        if known and set(known.containers) == set(containers):
            return known
        return self.pending.get(name) if containers else None


def load_applied(world: World, project: str) -> Applied:
    """Give the record, an empty one where there is none or it cannot be read: in doubt, Compose is asked."""
    data = world.files.read(_path(world, project))
    try:
        raw = json.loads(data or b"")
        if raw["schema"] != SCHEMA:
            return Applied()
        return Applied(str(raw["model"]), _read(raw["services"]), _read(raw.get("pending", {})))
    except (ValueError, KeyError, TypeError):
        return Applied()


def save_applied(world: World, project: str, applied: Applied) -> None:
    """Keep the record."""
    services, pending = _kept(applied.services), _kept(applied.pending)
    kept = {"schema": SCHEMA, "model": applied.model, "services": services, **({"pending": pending} if pending else {})}
    data = json.dumps(kept, indent=1)
    world.files.make_dir(project_home(world.shell, project))
    world.files.write(_path(world, project), data.encode())


def _read(raw: Mapping[str, Any]) -> dict[str, ServiceFacts]:
    return {
        name: ServiceFacts(
            tuple(item["containers"]),
            item["files"],
            item["secrets"],
            item["build"],
            variables=item.get("variables") or {},
        )
        for name, item in raw.items()
    }


def _kept(services: Mapping[str, ServiceFacts]) -> dict[str, dict[str, object]]:
    return {
        name: {
            "containers": item.containers,
            "files": item.files,
            "secrets": item.secrets,
            "build": item.inputs.as_dict() if item.inputs else item.build,
            "variables": dict(item.variables),
        }
        for name, item in sorted(services.items())
    }


def forget(world: World, project: str) -> None:
    """Drop the record and the volume facts: the volumes are gone."""
    home = project_home(world.shell, project)
    for name in ("applied.json", "volumes.json", "credentials.json", "glance.json"):
        world.files.remove(home / name)


def _path(world: World, project: str) -> Path:
    return project_home(world.shell, project) / "applied.json"
