"""Where the helpers of an item work, and the tools image that most of them run from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.backup.helpers import Seat, ask
from stackctl.backup.logins import login_of
from stackctl.engine.helper import IMAGE as TOOLS
from stackctl.services.saving.base import Subject

if TYPE_CHECKING:
    from pathlib import Path

    from stackctl.backup.subjects import Item
    from stackctl.lifecycle.world import World


def seat_of(world: World, project: str, item: Item) -> Seat:
    """Give the seat; the login is read from the running service."""
    seat = Seat(project, item.service, image=item.image, store=item.store.source if item.store else "")
    if item.container is None:
        return seat
    # By id: a tag may mean another image by now, and the tools must fit the server that runs.
    seat = replace(seat, container=item.container.id, image=item.container.image_id or item.image)
    if not item.asks:
        return seat
    login = login_of(world, item.driver, item.container)
    return replace(seat, user=login.user, login=item.saver.login_line(login.password))


def look(world: World, item: Item, seat: Seat, *, live: bool) -> Subject:
    """Give the subject with what the service says of itself. Raises BackupFailed."""
    subject = Subject(item.service, item.store.target if item.store else "", live=live)
    helper = item.saver.look(subject)
    return subject if helper is None else replace(subject, state=ask(world, helper, seat) or {})


def ensure_tools(world: World, root: Path) -> None:
    """See that the tools image is there and has the programs that helpers need now. Raises StartError.

    It is built where it is missing or another recipe made it; one that no recipe made is somebody's own and is left.
    """
    from stackctl.images.recipes import DIGEST_LABEL, find_recipes
    from stackctl.lifecycle.images import build_local

    image = world.engine.images([TOOLS]).get(TOOLS)
    if image is None or image.labels.get(DIGEST_LABEL, "") not in ("", find_recipes(root)["tools"].chain):
        build_local(world, root, "tools")
