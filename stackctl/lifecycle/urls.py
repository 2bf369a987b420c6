"""Every address of what runs, with its login name and the command that shows the password."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.services.addresses import Address, addresses
from stackctl.workspace.home import secrets_dir

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World


def urls(world: World, project: str, services: Sequence[str] = ()) -> list[Address]:
    """Give the addresses of a project's running services, all or the named ones. Raises EngineError.

    Where passwords are kept for this project, a login is one with a password among them: a Redis without one has none.
    """
    folder = secrets_dir(world.shell, project)
    found: list[Address] = []
    for container in world.engine.containers(project):
        if container.running and (not services or container.service in services):
            found += addresses(container.service, container.image, container.labels, container.ports)
    kept = set(world.files.names(folder))
    known = [item if not kept or item.secret in kept else replace(item, user="", secret="") for item in found]
    return list(dict.fromkeys(known))
