"""The secrets of a target: which there are, and who reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackctl.env.derive import sources_of
from stackctl.errors import StackctlError
from stackctl.lifecycle.begin import environment_of
from stackctl.lifecycle.env_files import read_templates
from stackctl.lifecycle.scene import compose_of, look_at_model
from stackctl.lifecycle.secrecy import learn_stack, learn_target
from stackctl.secrets.store import FileSecretStore
from stackctl.workspace.home import secrets_dir
from stackctl.workspace.names import unknown

if TYPE_CHECKING:
    from pathlib import Path

    from stackctl.env.item import Item, Template
    from stackctl.lifecycle.world import World
    from stackctl.stack.model import Stack
    from stackctl.workspace.target import Target


@dataclass(frozen=True)
class Secrets:
    """The secrets of a target: its store, what the templates declare, and the merged model where Compose gives one.

    `elsewhere` are secret files of the Compose files that are kept outside the store.
    """

    target: Target
    store: FileSecretStore
    template: Template
    stack: Stack | None
    elsewhere: Mapping[str, Path] = field(default_factory=dict)
    problem: str = ""

    @property
    def declared(self) -> dict[str, Item]:
        """What the templates say of secrets, by name."""
        return self.template.secrets

    @property
    def known(self) -> list[str]:
        """Every name that is a secret here: declared, stored, or read by a Compose file from the store."""
        read = [name for name in files_of(self.stack, self.store) if name not in self.elsewhere]
        return sorted({*self.declared, *self.store.names(), *read})

    def consumers(self, name: str) -> list[str]:
        """Give the services that read a secret file."""
        if self.stack is None:
            return []
        files = files_of(self.stack, self.store)
        keys = {key for file, key in files.items() if file == name} | ({name} & self.elsewhere.keys())
        return sorted(service.name for service in self.stack.services.values() if keys & set(service.secrets))

    def derived_from(self, name: str) -> tuple[str, ...]:
        """Give the secrets that a derived one is made of, nothing for others."""
        item = self.declared.get(name)
        derive = item.directives.derive if item else None
        return sources_of(derive) if derive else ()

    def check_name(self, name: str) -> None:
        """Raise Misuse, with "did you mean", for a name that is no secret here."""
        if name not in self.known:
            raise unknown("secret", name, self.known)


def secrets_of(world: World, target: Target, *, model: bool = True) -> Secrets:
    """Give the secrets of a target; `model` asks Compose who reads them. Works without the engine.

    Where Compose cannot say, `problem` holds its complaint. Raises ConfigError for templates that do not parse.
    """
    learn_target(world, target)
    store = FileSecretStore(secrets_dir(world.shell, target.project), world.files)
    store.names()  # refuses a folder that others can read
    template = read_templates(world, target)
    if not model:
        return Secrets(target, store, template, None)
    try:
        plan = environment_of(world, target)
        stack = look_at_model(world, compose_of(world, plan.target, plan.variables), plan.target)
    except StackctlError as error:
        return Secrets(target, store, template, None, problem=error.message)
    learn_stack(world, stack)
    elsewhere = {
        name: source.file
        for name, source in stack.secrets.items()
        if source.file is not None and source.file.parent != store.folder
    }
    return Secrets(target, store, template, stack, elsewhere)


def files_of(stack: Stack | None, store: FileSecretStore) -> dict[str, str]:
    """Give file name in the store → name of the Compose secret that reads it."""
    sources = stack.secrets.items() if stack else ()
    return {
        source.file.name: key
        for key, source in sources
        if source.file is not None and source.file.parent == store.folder
    }
