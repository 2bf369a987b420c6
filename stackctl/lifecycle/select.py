"""Which services a start is about, and what their dependencies become when one is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.errors import Misuse
from stackctl.lifecycle.scene import Looking, compose_of, look_at_model
from stackctl.stack.order import start_order, with_dependencies
from stackctl.workspace.find import check_services

if TYPE_CHECKING:
    from stackctl.lifecycle.request import UpRequest
    from stackctl.lifecycle.world import World
    from stackctl.stack.model import Stack


def with_named_profiles(
    world: World, looking: Looking, request: UpRequest, known_envs: list[str], variables: Mapping[str, str]
) -> Looking:
    """Give the look with the profiles of the named services switched on, as Compose does for `up SERVICE`.

    Raises Misuse for a name that is no service under any profile.
    """
    asked = (*request.services, *request.without)
    stack = looking.model()
    if all(name in stack.services for name in asked):
        return replace(looking, model=lambda: stack)
    everything = replace(looking.target, profiles=("*",))
    whole = look_at_model(world, compose_of(world, everything, variables), everything)
    check_services(asked, list(whole.services), known_envs)
    profiles = {profile for name in asked for profile in whole.services[name].profiles}
    # COMPOSE_PROFILES from the env file no longer counts beside a --profile flag, so what is on already is named too.
    active = {profile for service in stack.services.values() for profile in service.profiles}
    target = replace(looking.target, profiles=tuple(sorted({*looking.target.profiles, *profiles, *active})))
    compose = compose_of(world, target, variables)
    more = look_at_model(world, compose, target)
    return replace(looking, target=target, compose=compose, model=lambda: more)


def selected(stack: Stack, request: UpRequest) -> tuple[str, ...]:
    """Give the services to start, dependencies first. Raises Misuse where none is left."""
    names = set(request.services) or set(stack.services)
    if not (request.no_deps or (request.restart and request.services)):  # restarting one leaves the others alone
        names = with_dependencies(stack, names)
    names -= set(request.without)
    if not names:
        raise Misuse("no service is left to start", "see what there is: stackctl config")
    return tuple(name for name in start_order(stack) if name in names)


def without_dependencies(stack: Stack, request: UpRequest) -> dict[str, dict[str, str]]:
    """Give, for `--without`, the dependencies that remain of each service that needed one of the left-out ones."""
    left_out = set(request.without)
    return {
        name: {
            other: condition or "service_started"
            for other, condition in service.depends_on.items()
            if other in stack.services and other not in left_out
        }
        for name, service in stack.services.items()
        if name not in left_out and left_out & set(service.depends_on)
    }


def partial(stack: Stack, names: tuple[str, ...]) -> bool:
    """Say whether the selection is less than the whole model, so that Compose must be given the names."""
    return set(names) != set(stack.services)
