"""Every address of what runs, with its login name and the command that shows the password."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stackctl.services.addresses import Address, addresses

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World


def urls(world: World, project: str, services: Sequence[str] = ()) -> list[Address]:
    """Give the addresses of a project's running services, all or the named ones. Raises EngineError."""
    found: list[Address] = []
    for container in world.engine.containers(project):
        if container.running and (not services or container.service in services):
            found += addresses(container.service, container.image, container.labels, container.ports)
    return list(dict.fromkeys(found))
