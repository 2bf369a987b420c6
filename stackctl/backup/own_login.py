"""The target keeps its own logins: set again in data that came from elsewhere, and tried before the restore counts.

What a set brings of users is what there was on another day, or on another machine. The services and the people of this
environment come with the passwords of this environment.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stackctl.backup.helpers import ask
from stackctl.backup.logins import login_of
from stackctl.errors import BackupFailed, Refused
from stackctl.services.saving.registry import has_own, saver_for
from stackctl.workspace.events import note

if TYPE_CHECKING:
    from stackctl.backup.helpers import Seat
    from stackctl.backup.restore_plan import Part
    from stackctl.lifecycle.world import World
    from stackctl.services.saving.base import Subject


def keeper_of(part: Part) -> Any:
    """Give who knows the logins of a part's service: a database's files come as a volume, but it stays a database."""
    driver = part.item.driver.name
    return saver_for(driver) if has_own(driver) else part.item.saver


def check_users(part: Part, with_users: bool) -> None:
    """Raise Refused where the set's users are wanted and cannot be had."""
    if with_users and part.payload.kind in ("mongodb", "redis"):
        raise Refused(
            f"{part.payload.service}: its users cannot be taken from this set ({part.payload.users})",
            "leave --with-users out; the users of a MongoDB archive can be restored by hand with mongorestore",
            code="no-users",
        )


def set_again(world: World, part: Part) -> None:
    """Set the login of this environment in files that were just put in place; its server does not run yet."""
    if part.item.saver.online_restore or part.item.container is None:
        return
    keeper = keeper_of(part)
    subject, seat = _with_login(world, part)
    helper = keeper.own_login(subject)
    if helper is None or not (seat.user and _has_password(world, part)):
        return
    ask(world, helper, seat)
    world.events(note(f"{part.payload.service} has the login of this environment again"))


def enter(world: World, part: Part) -> None:
    """Log in with what this environment has. Raises BackupFailed where the service refuses it."""
    if part.item.container is None:
        return
    keeper = keeper_of(part)
    subject, seat = _with_login(world, part)
    helper = keeper.enter(subject)
    if helper is None or (part.item.driver.name == "grafana" and not _has_password(world, part)):
        return
    try:
        ask(world, helper, seat)
    except BackupFailed as error:
        message = f"{part.payload.service} does not take the login of this environment: {error.message}"
        raise BackupFailed(message, error.hint, code="login-refused") from error


def _has_password(world: World, part: Part) -> bool:
    assert part.item.container is not None
    return bool(login_of(world, part.item.driver, part.item.container).password)


def _with_login(world: World, part: Part) -> tuple[Subject, Seat]:
    """Give subject and seat with what the service's container says now; neither may be written down anywhere."""
    container = part.item.container
    assert container is not None
    login = login_of(world, part.item.driver, container)
    launch = world.engine.launch(container.id)
    subject = replace(part.subject, side="", variables=launch.variables, words=launch.words)
    line = keeper_of(part).login_line(login.password)
    image = container.image_id or container.image
    return subject, replace(part.seat, container=container.id, image=image, user=login.user, login=line)
