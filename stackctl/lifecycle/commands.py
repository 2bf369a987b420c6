"""A project's own commands (`stackctl do`): which there are, and the way to run one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.errors import ConfigError, Misuse, NotReady
from stackctl.lifecycle.enter import Entry, container_of
from stackctl.lifecycle.scene import compose_of, look_at_model, with_generated
from stackctl.stack.commands import OwnCommand, commands_from
from stackctl.workspace.names import closest, unknown
from stackctl.workspace.settings import written_setting

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target


def command_of(world: World, target: Target, name: str) -> OwnCommand:
    """Give a command with its variables replaced. Raises Misuse for an unknown one, ConfigError for a wrong one."""
    known = commands_from(written_setting(target.files, "commands"))
    if not known:
        hint = "write some into the stack's base file: x-stackctl: {commands: {migrate: {service: core, run: […]}}}"
        raise Misuse(f"{target.title} has no commands of its own", hint, code="unknown-command")
    if name not in known:
        raise unknown("command", name, known)
    found = known[name]
    if not any("$" in word for word in (*found.words, found.service)):
        return found
    shown = with_generated(target)
    stack = look_at_model(world, compose_of(world, shown), shown)
    told = commands_from(stack.settings.get("commands")).get(name, found)
    # Compose prints each `$` of a value twice, so that its output is a Compose file again.
    return replace(told, words=tuple(word.replace("$$", "$") for word in told.words))


def entry_of(world: World, target: Target, name: str, words: Sequence[str], *, terminal: bool) -> Entry:
    """Give the way to run a command in its service; `words` follow its own.

    Raises Misuse for an unknown command, ConfigError for a service that the files do not have, NotReady where the
    service does not run.
    """
    found = command_of(world, target, name)
    try:
        container = container_of(world, target, found.service)
    except (Misuse, NotReady):
        _check_service(world, target, found)
        raise
    return Entry(("exec", "-it" if terminal else "-i", container.id, *found.words, *words))


def _check_service(world: World, target: Target, found: OwnCommand) -> None:
    """Raise ConfigError for a service that is not in the files: to start the stack would not help."""
    shown = with_generated(target)
    try:
        services = look_at_model(world, compose_of(world, shown), shown).services
    except ConfigError:  # before the first start there may be no values yet
        return
    if found.service not in services:
        near = closest(found.service, services)
        meant = f"did you mean “{near}”? " if near else ""
        raise ConfigError(
            f"x-stackctl.commands.{found.name} runs in the service {found.service}, and there is none of that name",
            f"{meant}there is: {', '.join(sorted(services))}",
            code="commands-invalid",
        )
