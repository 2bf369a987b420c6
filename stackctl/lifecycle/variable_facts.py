"""The variables of env files and shell that each service's definition names, as digests: what `up` compares by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stackctl.lifecycle.env_files import compose_env_files

if TYPE_CHECKING:
    from stackctl.env.effective import Variable
    from stackctl.lifecycle.facts import Values
    from stackctl.lifecycle.world import World
    from stackctl.secrets.digest import Digest
    from stackctl.workspace.target import Target


def digests_by_service(variables: Mapping[str, Variable], keyed: Digest) -> dict[str, dict[str, str]]:
    """Give service → key → digest; secret files are not among them, they are facts of their own."""
    found: dict[str, dict[str, str]] = {}
    for variable in variables.values():
        if variable.value is not None:
            for service in variable.services:
                found.setdefault(service, {})[variable.key] = digest(keyed, variable.key, variable.value)
    return found


def digest(keyed: Digest, key: str, value: str) -> str:
    """Give the digest of a variable's value."""
    return keyed.of(f"variable {key}", value)


def values_of(world: World, target: Target, extra: Mapping[str, str]) -> Values:
    """Give a function that knows a variable's value as Compose does: shell, then the env files, read when it is asked.

    `extra` are values that will stand in an env file and do not yet.
    """
    read: list[dict[str, str]] = []

    def value(name: str) -> str | None:
        if name in world.shell:
            return world.shell[name]
        if not read:
            read.append({**_from_files(world, target), **extra})
        return read[0].get(name)

    return value


def _from_files(world: World, target: Target) -> dict[str, str]:
    from stackctl.env.grammar import parse

    values: dict[str, str] = {}
    for path in compose_env_files(world, target):
        data = world.files.read(path) if path.is_file() else None
        if data is not None:
            values |= parse(data, path.name).resolve(world.shell, values)
    return values
