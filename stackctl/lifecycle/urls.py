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

    A login is one whose password is kept for this project: a Redis without a password has none.
    """
    folder = secrets_dir(world.shell, project)
    found: list[Address] = []
    for container in world.engine.containers(project):
        if container.running and (not services or container.service in services):
            found += addresses(container.service, container.image, container.labels, container.ports)
    kept = {item.secret: world.files.read(folder / item.secret) is not None for item in found if item.secret}
    return list(dict.fromkeys(item if kept.get(item.secret) else replace(item, user="", secret="") for item in found))
