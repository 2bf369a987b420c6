"""Which secrets of a fork are made new: decides, changes nothing.

A secret may be new where no data knows it, and where we can tell the copied data: the root login of MongoDB, Grafana's
administrator, PostgreSQL's user. Redis reads its own at every start. One that other data knows (a MySQL password, a key
that an application has sealed something with) stays as it is, since the copy would not open; so does one that somebody
gave.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackctl.backup.logins import PASSWORDS
from stackctl.errors import ConfigError, Refused
from stackctl.lifecycle.env_files import read_templates
from stackctl.lifecycle.initial_values import InitialValues, Value, initial_values
from stackctl.lifecycle.secret_values import files_of, secrets_of
from stackctl.services.base import GENERIC
from stackctl.services.registry import driver_for
from stackctl.services.saving.base import Subject
from stackctl.services.saving.registry import has_own, saver_for

if TYPE_CHECKING:
    from stackctl.env.item import Template
    from stackctl.lifecycle.secret_values import Secrets
    from stackctl.lifecycle.world import World
    from stackctl.services.base import Driver
    from stackctl.stack.model import Service, Stack
    from stackctl.workspace.target import Target

GIVEN = "somebody gave it, and it is not made here"


@dataclass(frozen=True)
class Renewal:
    """`new`: secret → the recipe of its value. `kept`: secret → why it stays. `logins`: services told the new one."""

    new: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    logins: tuple[str, ...] = ()

    def steps(self) -> list[str]:
        """Give it as lines of a plan."""
        lines = [f"make new: {', '.join(sorted(self.new))}"]
        lines += [f"set the login of {', '.join(self.logins)} again in the copy"] if self.logins else []
        return [*lines, *(f"keep {name} of the source: {why}" for name, why in sorted(self.kept.items()))]


def plan_renewal(world: World, source: Target, target: Target) -> Renewal:
    """Give what a fork would make new. Raises Refused where that is nothing, ConfigError for files that are broken."""
    secrets = secrets_of(world, source)
    if secrets.stack is None:
        raise ConfigError(secrets.problem, "see: stackctl config")
    template = read_templates(world, target)
    found = renewal(secrets, secrets.stack, template)
    if not found.new:
        why = "; ".join(f"{name}: {reason}" for name, reason in sorted(found.kept.items())) or "there is none"
        raise Refused(
            f"no secret of {source.title} can be made new ({why})",
            "leave --new-secrets out: the copy has the secrets of its source",
            code="nothing-to-renew",
        )
    return found


def renewal(secrets: Secrets, stack: Stack, template: Template) -> Renewal:
    """Give what can be new of the secrets that a stack reads; `template` has the recipes of the copy."""
    declared = template.secrets
    new, kept = {}, {}
    for name in sorted({*secrets.store.names(), *declared}):
        item = declared.get(name)
        if item and item.directives.derive:
            continue  # made again of what it is made of
        why = _known_to_data(secrets, stack, name)
        if item is None or not item.directives.generate:
            if name in secrets.store.names():
                kept[name] = GIVEN
        elif why:
            kept[name] = why
        else:
            new[name] = str(item.directives.generate)
    logins = [
        name
        for name, service in sorted(stack.services.items())
        if (login := login_in(stack, service)) and login.secret in new
    ]
    return Renewal(new, kept, tuple(logins))


@dataclass(frozen=True)
class Login:
    """A login that a service's data holds and that can be set in it: whose, its file in the store, what fills it."""

    driver: Driver
    secret: str
    now: InitialValues

    @property
    def user(self) -> str:
        """Give the user's name."""
        value = self.now.values.get(self.now.known.user)
        return value.text if value else ""

    @property
    def password(self) -> str:
        """Give the password as the service will be given it."""
        return next((value.text for value in _passwords(self.driver, self.now)), "")


def login_in(stack: Stack, service: Service) -> Login | None:
    """Give the login that is kept in a service's data volume and can be set there; None where there is none."""
    now, driver = initial_values(stack, service), driver_for(service.image, service.labels)
    if now is None or not has_own(driver.name) or saver_for(driver.name).own_login(Subject(service.name)) is None:
        return None
    file = next((value.file for value in _passwords(driver, now) if value.file), None)
    return Login(driver, file.name, now) if file else None


def _passwords(driver: Driver, now: InitialValues) -> list[Value]:
    return [now.values[name] for name in PASSWORDS.get(driver.name, ()) if name in now.values]


def _known_to_data(secrets: Secrets, stack: Stack, name: str) -> str:
    """Give why a secret cannot be new, empty where it can."""
    reads = {service.name: _reads(secrets, stack, service) for service in stack.services.values()}
    ours = {other for service in stack.services.values() if _knows(service) for other in reads[service.name]}
    for service in stack.services.values():
        mounted = any(mount.kind == "volume" and not mount.read_only for mount in service.mounts)
        if not mounted or name not in reads[service.name]:
            continue
        now, login = initial_values(stack, service), login_in(stack, service)
        if now is not None:
            held = {value.file.name for value in now.values.values() if value.file}
            if name in held and not (login and login.secret == name):
                return f"the data of {service.name} knows it, and it cannot be set there"
        elif not _knows(service) and name not in ours:  # else it is the client of a store that we know
            return f"{service.name} may have used it for its data"
    return ""


def _knows(service: Service) -> bool:
    return driver_for(service.image, service.labels).name != GENERIC.name


def _reads(secrets: Secrets, stack: Stack, service: Service) -> set[str]:
    """Give the files of the store that a service reads, with those that they are made of."""
    mounted = {file for file, key in files_of(stack, secrets.store).items() if key in service.secrets}
    return mounted | {source for name in mounted for source in secrets.derived_from(name)}
