"""Every secret value that a workspace knows: of all its stacks, environments and instances, now and before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from stackctl.doctor.leftovers import owned_projects
from stackctl.errors import StackctlError
from stackctl.lifecycle.env_files import own_env_file, read_templates
from stackctl.lifecycle.secrecy import loose_values
from stackctl.mask import is_sensitive
from stackctl.secrets.age import SECRET_KEY
from stackctl.secrets.identities import own_identity
from stackctl.secrets.scan import Known
from stackctl.secrets.store import FileSecretStore
from stackctl.workspace.find import Place, environments, find_target, stacks
from stackctl.workspace.home import home, secrets_dir
from stackctl.workspace.target import Wish

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target


def known_secrets(world: World, place: Place, target: Target) -> list[Known]:
    """Give every value, and teach the mask each. `target` is the one that was asked for; it may be an instance.

    Raises ConfigError for a store that others can read.
    """
    targets = [target, *_targets(world, place)]
    projects = dict.fromkeys(
        [*(item.project for item in targets), *owned_projects(home(world.shell), place.root, world.files)]
    )
    found = [known for project in projects for known in _stored(world, project)]
    for item in {own_env_file(item): item for item in targets}.values():
        found += _variables(world, item)
    identity = world.files.read(own_identity(world.shell)) or b""
    found += [Known("your age key", key) for key in SECRET_KEY.findall(identity.decode("utf-8", "replace"))]
    world.mask.add(*(item.value for item in found))
    return found


def _targets(world: World, place: Place) -> Iterator[Target]:
    for stack in [""] if place.plain else stacks(place.root):
        for env in environments(place, stack):
            try:
                yield find_target(place, Wish(stack=stack, env=env), world.shell)
            except StackctlError:
                continue  # an environment that does not resolve has no place of its own to look for


def _stored(world: World, project: str) -> Iterator[Known]:
    store = FileSecretStore(secrets_dir(world.shell, project), world.files)
    for name in store.names():
        yield Known(name, store.get(name) or "", project)
    for name in store.past.names():
        now = store.get(name)
        yield from (Known(name, value, project, past=True) for value in store.past.of(name) if value != now)


def _variables(world: World, target: Target) -> Iterator[Known]:
    """Give the sensitive values of a target's env files, read loosely: one that does not parse leaks as well."""
    try:
        template = read_templates(world, target)
        declared = {item.key for item in template.items if item.sensitive}
        public = {item.key for item in template.items if not item.sensitive}
    except StackctlError:
        declared, public = set(), set()
    own = own_env_file(target)
    for path in dict.fromkeys((own, *target.env_files, target.directory / ".env")):
        for name, value in loose_values(world, path):
            if name in declared or (is_sensitive(name) and name not in public):
                yield Known(name, value, target.project, variable=True)
