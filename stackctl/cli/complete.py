"""Completion of environments, services and stacks: from the files alone, without Docker."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stackctl.errors import StackctlError
from stackctl.workspace.compose_files import load
from stackctl.workspace.find import default_stack, environments, find_place, find_target, stacks
from stackctl.workspace.target import Wish

if TYPE_CHECKING:
    from stackctl.stack.commands import OwnCommand


def complete_words(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer environments for the first word, services for every word."""
    given = ctx.params.get("words") or ()
    found = services_of(ctx.params)
    if not given:
        found = [*environments_of(ctx.params), *found]
    return [name for name in found if name.startswith(incomplete)]


def complete_environment(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer environments."""
    return [name for name in environments_of(ctx.params) if name.startswith(incomplete)]


def complete_service(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer services."""
    return [name for name in services_of(ctx.params) if name.startswith(incomplete)]


def complete_stack(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer stacks."""
    try:
        return [name for name in stacks(find_place(Path.cwd()).root) if name.startswith(incomplete)]
    except StackctlError:
        return []


def environments_of(params: dict[str, Any]) -> list[str]:
    """Give the environments of the current folder, none where it is no project."""
    try:
        place = find_place(Path.cwd())
        return environments(place, "" if place.plain else default_stack(place, _wish(params), {}).value)
    except StackctlError:
        return []


def services_of(params: dict[str, Any]) -> list[str]:
    """Give the services that the environment's files name, unmerged: enough for completion."""
    try:
        place = find_place(Path.cwd())
        words = params.get("words") or ()
        env = params.get("env") or (words[0] if words and words[0] in environments_of(params) else "")
        wish = Wish(stack=params.get("stack") or "", env=env)
        names: set[str] = set()
        for path in find_target(place, wish, {}).files:
            names |= set(load(path).get("services") or {})
        return sorted(names)
    except StackctlError:
        return []


def own_commands(params: dict[str, Any]) -> dict[str, OwnCommand]:
    """Give the commands that the project here defines (`x-stackctl.commands`), none where it is no project."""
    from stackctl.stack.commands import commands_from
    from stackctl.workspace.settings import written_setting

    try:
        known = environments_of(params)
        env = params.get("env") or ""
        wish = Wish(stack=params.get("stack") or "", env=env if env in known else "")
        return commands_from(written_setting(find_target(find_place(Path.cwd()), wish, {}).files, "commands"))
    except StackctlError:
        return {}


def _wish(params: dict[str, Any]) -> Wish:
    return Wish(stack=params.get("stack") or "")
