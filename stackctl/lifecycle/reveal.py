"""The logins of running services with their passwords: for `urls --reveal`, and for nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackctl.lifecycle.begin import environment_of
from stackctl.lifecycle.initial_values import value_given
from stackctl.lifecycle.scene import compose_of, look_at_model
from stackctl.lifecycle.secrecy import learn_stack, learn_target
from stackctl.secrets.store import FileSecretStore
from stackctl.services.registry import initial_for
from stackctl.workspace.home import secrets_dir

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackctl.lifecycle.world import World
    from stackctl.services.addresses import Address
    from stackctl.stack.model import Service, Stack
    from stackctl.workspace.target import Target


@dataclass(frozen=True)
class Revealed:
    """An address, and the login at it: empty texts where there is none, or nobody knows it."""

    address: Address
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def uri(self) -> str:
        """Give the whole URI where there is a password, else the address."""
        return self.address.uri(self.user, self.password) if self.password else self.address.url


def reveal(world: World, target: Target, found: Sequence[Address]) -> list[Revealed]:
    """Give the addresses with their logins, as the merged model and the store have them. Raises ConfigError."""
    learn_target(world, target)
    env = environment_of(world, target)
    stack = look_at_model(world, compose_of(world, env.target, env.variables), env.target)
    learn_stack(world, stack)
    store = FileSecretStore(secrets_dir(world.shell, target.project), world.files)
    return [_revealed(store, stack, address) for address in found]


def _revealed(store: FileSecretStore, stack: Stack, address: Address) -> Revealed:
    service = stack.services.get(address.service)
    user, password = _first_login(stack, service) if service and address.main else ("", "")
    if not password and address.secret:
        password = store.get(address.secret) or ""
    return Revealed(address, user or address.user, password)


def _first_login(stack: Stack, service: Service) -> tuple[str, str]:
    """Give the login that a service was made with, as its driver knows the variables."""
    known = initial_for(service.image, service.labels)
    if known is None or not known.user:
        return "", ""
    user = value_given(stack, service, known, known.user)
    name = next((name for name in known.variables if name.endswith("PASSWORD")), "")
    password = value_given(stack, service, known, name) if name else None
    return (user.text if user else ""), (password.text if password else "")
