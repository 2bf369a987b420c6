"""The target keeps its own logins: set again in data that came from elsewhere, and tried before the restore counts.

What a set brings of users is what there was on another day, or on another machine. The services and the people of this
environment come with the passwords of this environment.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stackctl.backup.helpers import ask
from stackctl.backup.logins import login_of, value_of
from stackctl.errors import BackupFailed, Refused
from stackctl.services.saving.base import Subject
from stackctl.services.saving.registry import has_own, saver_for
from stackctl.workspace.events import note

if TYPE_CHECKING:
    from stackctl.backup.helpers import Seat
    from stackctl.backup.logins import Found
    from stackctl.backup.restore_plan import Part
    from stackctl.lifecycle.world import World


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


def set_again(world: World, part: Part) -> bool:
    """Set the login of this environment in files that were just put in place; its server does not run yet.

    Says whether that login opens the service now, so that it is to be tried. Not where the data has come through the
    server: it was asked with its login all the time.
    """
    if part.item.saver.online_restore or part.item.container is None:
        return False
    login = login_of(world, part.item.driver, part.item.container)
    subject, seat = _with_login(world, part, login)
    helper = keeper_of(part).own_login(subject)
    if helper is None:
        return bool(login.password)
    if not (login.user and login.password):
        return False
    done = ask(world, helper, seat)
    if isinstance(done, dict) and not done.get("set", True):
        return False  # its users are kept elsewhere
    world.events(note(f"{part.payload.service} has the login of this environment again"))
    return True


def enter(world: World, part: Part) -> None:
    """Log in with what this environment has. Raises BackupFailed where the service refuses it."""
    assert part.item.container is not None
    login = login_of(world, part.item.driver, part.item.container)
    container = part.item.container
    seat = replace(part.seat, container=container.id, image=container.image_id or container.image)
    enter_as(world, keeper_of(part), seat, login)


def enter_as(world: World, saver: Any, seat: Seat, login: Found) -> None:
    """Log in to a running service; `seat` names its container. Raises BackupFailed where it refuses."""
    launch = world.engine.launch(seat.container)
    helper = saver.enter(Subject(seat.service, variables=launch.variables, words=launch.words))
    if helper is None:
        return
    try:
        ask(world, helper, replace(seat, user=login.user, login=saver.login_line(login.password)))
    except BackupFailed as error:
        message = f"{seat.service} does not take the login of this environment: {error.message}"
        raise BackupFailed(message, error.hint, code="login-refused") from error


def given(world: World, part: Part) -> dict[str, str]:
    """Give what the service reads only while its data is empty, by variable, as its container has it."""
    initial, container = part.item.driver.initial, part.item.container
    if initial is None or container is None:
        return {}
    launch = world.engine.launch(container.id)
    return {name: value_of(world, container, name, launch) or empty for name, empty in initial.variables.items()}


def _with_login(world: World, part: Part, login: Found) -> tuple[Subject, Seat]:
    """Give subject and seat with what the service's container says now; neither may be written down anywhere."""
    container = part.item.container
    assert container is not None
    launch = world.engine.launch(container.id)
    subject = replace(part.subject, side="", variables=launch.variables, words=launch.words)
    line = keeper_of(part).login_line(login.password)
    image = container.image_id or container.image
    return subject, replace(part.seat, container=container.id, image=image, user=login.user, login=line)
