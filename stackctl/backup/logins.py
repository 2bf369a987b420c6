"""Who may log in to a service: from its own environment, its command, or the secrets that stackctl keeps for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackctl.backup.helpers import NO_SERVICE
from stackctl.engine.helper import run_words
from stackctl.errors import BackupFailed
from stackctl.secrets.store import FileSecretStore
from stackctl.workspace.home import secrets_dir

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackctl.engine.door import Launch
    from stackctl.engine.values import Container
    from stackctl.lifecycle.world import World
    from stackctl.services.base import Driver

USERS = {
    "mongodb": ("MONGO_INITDB_ROOT_USERNAME", "MONGODB_ROOT_USER"),
    "grafana": ("GF_SECURITY_ADMIN_USER",),
    "postgres": ("POSTGRES_USER",),
}
DEFAULT_USERS = {"grafana": "admin", "postgres": "postgres"}
PASSWORDS = {
    "mongodb": ("MONGO_INITDB_ROOT_PASSWORD", "MONGODB_ROOT_PASSWORD"),
    "redis": ("REDIS_PASSWORD", "REDISCLI_AUTH", "VALKEY_PASSWORD"),
    "grafana": ("GF_SECURITY_ADMIN_PASSWORD",),
    "postgres": ("POSTGRES_PASSWORD",),
}


@dataclass(frozen=True)
class Found:
    """A user and a password; both empty where the service wants none."""

    user: str = ""
    password: str = field(default="", repr=False)


def login_of(world: World, driver: Driver, container: Container) -> Found:
    """Give the login of a service as its container has it, running or not; the mask knows its password from here on."""
    launch = world.engine.launch(container.id)
    users = (launch.variables.get(name, "") for name in USERS.get(driver.name, ()))
    user = next(filter(None, users), "") or DEFAULT_USERS.get(driver.name, "")
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
    try:
        data = _said(world, ("exec", container, "cat", path))
    except BackupFailed:
        # It does not run, or has no `cat`: a helper that mounts what it mounts reads what its next start will read.
        flags = ("--network", "none", "--user", "0:0", "--cap-add", "DAC_READ_SEARCH", "--log-driver", "none")
        words = run_words("login", (path,), "cat", (*flags, *NO_SERVICE, "--volumes-from", f"{container}:ro"))
        data = _said(world, words)
    return data.decode("utf-8", "replace").rstrip("\r\n")


def _said(world: World, words: Sequence[str]) -> bytes:
    pipe = world.engine.pipe(words)
    try:
        data = bytearray()
        while more := pipe.read():
            data += more
        if pipe.wait() != 0:
            raise BackupFailed(f"a password cannot be read: {pipe.said().strip()}", "see: stackctl status")
        return bytes(data)
    finally:
        pipe.stop()
