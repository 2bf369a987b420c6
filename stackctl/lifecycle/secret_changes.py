"""Changing secrets: new values, and what follows from them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.env.derive import derived, sources_of
from stackctl.env.fill_plan import Surroundings
from stackctl.env.fill_secrets import plan_secrets
from stackctl.errors import EngineError, Misuse
from stackctl.images.fills import FILE, read_fills
from stackctl.lifecycle.begin import make_key
from stackctl.lifecycle.gate import kept_volumes
from stackctl.lifecycle.initial_values import initial_values
from stackctl.lifecycle.secret_values import files_of
from stackctl.secrets.generate import generate
from stackctl.services.base import GENERIC
from stackctl.services.registry import derivers, driver_for
from stackctl.workspace.home import project_home
from stackctl.workspace.owner import record_owner

if TYPE_CHECKING:
    from stackctl.lifecycle.secret_values import Secrets
    from stackctl.lifecycle.world import World
    from stackctl.stack.model import Service, Stack

DEFAULT_RECIPE = "hex(32)"


@dataclass(frozen=True)
class Filled:
    """A secret whose service has a data volume: what is in it may know the value."""

    secret: str
    service: str
    volume: str

    def __str__(self) -> str:
        return f"{self.secret}: the volume {self.volume} of {self.service} was filled with its value"


def filled_volumes(world: World, secrets: Secrets, names: Collection[str]) -> tuple[list[Filled], bool]:
    """Give which of these secrets a volume with data may hold to, and whether the engine said so.

    While the engine is down, what the last healthy starts recorded counts.
    """
    try:
        existing = set(world.engine.volume_names(secrets.target.project))
        sure = True
    except EngineError:
        existing = set(read_fills(world.files, project_home(world.shell, secrets.target.project) / FILE))
        sure = False
    found = []
    stack = secrets.stack
    for service in stack.services.values() if stack else ():
        assert stack is not None
        volumes = [volume for volume in kept_volumes(stack, service) if volume in existing]
        held = _held_by(secrets, stack, service) if volumes else set()
        found += [Filled(name, service.name, volumes[0]) for name in sorted(held & set(names))]
    return found, sure


def _held_by(secrets: Secrets, stack: Stack, service: Service) -> set[str]:
    """Give the secrets that a service stores in its data: those of its first login, all where nobody knows it."""
    now = initial_values(stack, service)
    if now is not None:
        files = {value.file for value in now.values.values() if value.file is not None}
        return {file.name for file in files if file.parent == secrets.store.folder}
    if driver_for(service.image, service.labels).name != GENERIC.name:
        return set()
    return {file for file, key in files_of(stack, secrets.store).items() if key in service.secrets}


def write_secret(world: World, secrets: Secrets, values: Mapping[str, str]) -> list[str]:
    """Keep values, then make again what is derived from them; give the names of those. Raises ConfigError.

    A run that is cut short leaves whole values: the next one, or the next `up`, makes the derived ones.
    """
    make_key(world)
    record_owner(project_home(world.shell, secrets.target.project), secrets.target.root, world.files)
    world.mask.add(*values.values())
    for name, value in values.items():
        secrets.store.put(name, value)
    return derive_again(secrets)


def derive_again(secrets: Secrets) -> list[str]:
    """Make what is derived from secrets that have changed; give its names."""
    around = Surroundings(secrets.target.generated_env or secrets.target.root, "", secrets.store, derivers())
    made = []
    there = set(secrets.store.names())
    for secret in plan_secrets(secrets.template, around).derive:
        if set(sources_of(secret.recipe)) <= there:
            secrets.store.put(secret.name, derived(secret.recipe, secrets.store.get, around.derivers))
            made.append(secret.name)
    return made


def recipe_of(secrets: Secrets, name: str) -> str:
    """Give how a new value of a secret is made. Raises Misuse for a derived one."""
    refuse_derived(secrets, name)
    item = secrets.declared.get(name)
    return str(item.directives.generate) if item and item.directives.generate else DEFAULT_RECIPE


def refuse_derived(secrets: Secrets, name: str) -> None:
    """Raise Misuse for a secret that is made from others."""
    sources = secrets.derived_from(name)
    if sources:
        raise Misuse(
            f"{name} is made from {', '.join(sources)}, so it has no value of its own",
            f"change that one: stackctl secrets set {sources[0]}",
            code="derived-secret",
        )


def to_generate(secrets: Secrets, names: Sequence[str]) -> dict[str, str]:
    """Give name → recipe of what `generate` makes: the named ones, else every declared one that is missing."""
    if names:
        for name in names:
            secrets.check_name(name)
        return {name: recipe_of(secrets, name) for name in names}
    there = secrets.store.names()
    return {
        name: str(item.directives.generate)
        for name, item in secrets.declared.items()
        if item.directives.generate and name not in there
    }


def new_values(world: World, recipes: Mapping[str, str]) -> dict[str, str]:
    """Make a value for each recipe."""
    return {name: generate(recipe, world.entropy) for name, recipe in recipes.items()}
