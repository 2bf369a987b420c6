"""Compose's own restart: the same containers, their old environment; then the wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.errors import Misuse
from stackctl.health.asking import asking
from stackctl.health.wait import Watch, patience, wait_until_settled
from stackctl.lifecycle.failure import raise_unless_standing
from stackctl.lifecycle.owner import check_owner
from stackctl.lifecycle.scene import look, with_generated, without_probes
from stackctl.lifecycle.secrecy import learn_target
from stackctl.workspace.find import check_services

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target


def restart_in_place(world: World, target: Target, services: tuple[str, ...], timeout: float | None) -> list[str]:
    """Restart these services, or all that have containers, and wait. Gives their names.

    Raises Misuse where there is nothing to restart, StartError and NotReady as `up` does.
    """
    learn_target(world, target)
    scene = look(world, without_probes(with_generated(target)))
    check_owner(world, target, scene.containers)
    check_services(services, list(scene.stack.services), [])
    names = [name for name in scene.stack.services if scene.of(name) and (not services or name in services)]
    if not names:
        raise Misuse(f"{target.title} has no containers to restart", f"start it: stackctl up {target.env.value}")
    world.engine.restart(scene.compose, names)
    with asking(world.engine, world.clock) as ask:
        watch = Watch(scene.stack, names, timeout or patience(scene.stack, names), ask=ask)
        waited = wait_until_settled(world.engine, world.clock, world.events, watch)
    raise_unless_standing(world, target, waited, names)
    return names
