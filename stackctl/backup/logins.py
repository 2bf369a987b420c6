"""Who may log in to a service: from its own environment, its command, or the secrets that stackctl keeps for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackctl.secrets.store import FileSecretStore
from stackctl.workspace.home import secrets_dir

if TYPE_CHECKING:
    from stackctl.engine.door import Launch
    from stackctl.engine.values import Container
    from stackctl.lifecycle.world import World
    from stackctl.services.base import Driver

USERS = {"mongodb": ("MONGO_INITDB_ROOT_USERNAME", "MONGODB_ROOT_USER")}
PASSWORDS = {
    "mongodb": ("MONGO_INITDB_ROOT_PASSWORD", "MONGODB_ROOT_PASSWORD"),
    "redis": ("REDIS_PASSWORD", "REDISCLI_AUTH", "VALKEY_PASSWORD"),
    "grafana": ("GF_SECURITY_ADMIN_PASSWORD",),
}


@dataclass(frozen=True)
class Found:
    """A user and a password; both empty where the service wants none."""

    user: str = ""
    password: str = field(default="", repr=False)


def login_of(world: World, driver: Driver, container: Container) -> Found:
    """Give the login of a running service; its password is known to the mask from here on."""
    launch = world.engine.launch(container.id)
    users = (launch.variables.get(name, "") for name in USERS.get(driver.name, ()))
    user = next(filter(None, users), "")
    password = _password(world, driver, container, launch)
    world.mask.add(password)
    return Found(user, password)


def _password(world: World, driver: Driver, container: Container, launch: Launch) -> str:
    for name in PASSWORDS.get(driver.name, ()):
        found = value_of(world, container, name, launch)
        if found:
            return found
    if driver.name == "redis":
        for before, word in zip(launch.words, launch.words[1:], strict=False):
            if before == "--requirepass":
                return word
    if driver.login:
        store = FileSecretStore(secrets_dir(world.shell, container.project), world.files)
        return store.get(driver.login.secret) or ""
    return ""


def value_of(world: World, container: Container, name: str, launch: Launch | None = None) -> str:
    """Give a variable of a container or the content of the file that it names (`NAME_FILE`, Grafana's `NAME__FILE`)."""
    variables = (launch or world.engine.launch(container.id)).variables
    if variables.get(name):
        return variables[name]
    path = variables.get(f"{name}_FILE") or variables.get(f"{name}__FILE") or ""
    return _read(world, container.id, path) if path else ""


def _read(world: World, container: str, path: str) -> str:
    pipe = world.engine.pipe(("exec", container, "cat", path))
    try:
        data = bytearray()
        while more := pipe.read():
            data += more
        pipe.wait()
    finally:
        pipe.stop()
    return bytes(data).decode("utf-8", "replace").rstrip("\r\n")
