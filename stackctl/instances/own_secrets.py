"""The secrets of a fork: those of its source, or its own, with the logins set again in the data before anything starts.

What was copied is a MongoDB or a Grafana that knows the source's password. Its server does not run yet, so the new one
is set in the files, as a restore does; and after the start each login is tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.backup.helpers import Seat, ask
from stackctl.backup.logins import PASSWORDS, login_of
from stackctl.backup.own_login import enter_as
from stackctl.errors import ConfigError
from stackctl.images.fills import read_fills
from stackctl.instances.renewal import login_in
from stackctl.lifecycle.image_plan import fills_path
from stackctl.lifecycle.secrecy import learn_target
from stackctl.lifecycle.secret_changes import new_values, write_secret
from stackctl.lifecycle.secret_values import secrets_of
from stackctl.secrets.store import READABLE_FILE
from stackctl.services.registry import driver_for, initial_for
from stackctl.services.saving.base import Subject
from stackctl.services.saving.registry import has_own, saver_for
from stackctl.stack.environment import passed_to
from stackctl.workspace.events import note
from stackctl.workspace.home import secrets_dir

if TYPE_CHECKING:
    from collections.abc import Collection

    from stackctl.engine.values import Container
    from stackctl.instances.fork import ForkPlan
    from stackctl.lifecycle.world import World
    from stackctl.stack.model import Service
    from stackctl.workspace.target import Target


def give_secrets(world: World, plan: ForkPlan) -> None:
    """Give the copy its secrets: the source's, since its data was made with them, but for those that are made new."""
    learn_target(world, plan.source)
    target = secrets_of(world, plan.target, model=False)
    source = secrets_dir(world.shell, plan.source.project)
    world.files.make_dir(target.store.folder)
    renewed = plan.renewal.new if plan.renewal else {}
    for name in plan.secrets:
        if name in renewed or set(target.derived_from(name)) & renewed.keys():
            continue
        data = world.files.read(source / name)
        if data is not None:
            world.files.write(target.store.folder / name, data, READABLE_FILE)
    if renewed:
        write_secret(world, target, new_values(world, renewed))


def set_logins(world: World, plan: ForkPlan) -> None:
    """Set the new logins in the copied data. Raises BackupFailed, ConfigError where Compose cannot read the files."""
    if not (plan.renewal and plan.renewal.logins):
        return
    secrets = secrets_of(world, plan.target)
    if secrets.stack is None:
        raise ConfigError(secrets.problem, "see: stackctl config")
    filled = read_fills(world.files, fills_path(world, plan.target.project))
    there = {item.service: item for item in world.engine.containers(plan.source.project)}
    copied = {item.target for item in plan.copies}
    for name in plan.renewal.logins:
        service = secrets.stack.services.get(name)
        login = login_in(secrets.stack, service) if service else None
        store = next((volume for volume in login.now.volumes if volume in copied), "") if login else ""
        if service is None or login is None or not store:
            continue
        # The server that wrote the data reads it best; where its container is gone, the image that filled the volume.
        container = there.get(name)
        image = filled[store].image if store in filled else service.image
        image = (container.image_id or container.image) if container else image
        saver = saver_for(login.driver.name)
        helper = saver.own_login(_subject(world, service, container))
        seat = Seat(
            plan.target.project,
            name,
            image=image,
            store=store,
            user=login.user,
            login=saver.login_line(login.password),
        )
        done = ask(world, helper, seat)
        # Where nothing was set its users are elsewhere; whether the new login opens it is tried after the start.
        told = not isinstance(done, dict) or done.get("set", True)
        world.events(note(f"{name} has a login of its own in the copy" if told else f"{name} keeps no login there"))


def try_logins(world: World, target: Target, services: Collection[str] = ()) -> list[str]:
    """Log in to each running store with what its environment has; gives their names. Raises BackupFailed.

    `services`: only these, all where there are none.
    """
    tried = []
    for container in world.engine.containers(target.project):
        driver = driver_for(container.image, container.labels)
        wanted = not services or container.service in services
        if not wanted or not container.running or driver.name not in PASSWORDS or not has_own(driver.name):
            continue
        login = login_of(world, driver, container)
        if login.password:
            seat = Seat(target.project, container.service, container.id, container.image_id or container.image)
            enter_as(world, saver_for(driver.name), seat, login)
            tried.append(container.service)
    return sorted(tried)


def _subject(world: World, service: Service, container: Container | None) -> Subject:
    """Give what a login is set by: where the data is, how it is laid out, and what the image says of that (PGDATA)."""
    launch = world.engine.launch(container.id) if container else None
    words = [str(word) for word in (*(service.raw.get("entrypoint") or ()), *(service.raw.get("command") or ()))]
    known = initial_for(service.image, service.labels)
    mounts = (mount.target for mount in service.mounts if mount.kind == "volume")
    target = next((target for target in mounts if known and target.rstrip("/") in known.data), "")
    given = {name: value for name, value in passed_to(service).items() if value is not None}
    variables = {**(launch.variables if launch else {}), **given}
    return Subject(service.name, target, variables, words=launch.words if launch else words)
