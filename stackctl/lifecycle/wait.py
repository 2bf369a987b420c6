"""Wait for what somebody else starts: plain Compose, another shell, the engine after a reboot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.errors import Misuse
from stackctl.health.asking import asking
from stackctl.health.wait import Waited, Watch, patience, wait_until_settled
from stackctl.lifecycle.failure import raise_unless_standing
from stackctl.lifecycle.scene import look, with_generated, without_probes
from stackctl.lifecycle.secrecy import learn_stack, learn_target
from stackctl.workspace.find import check_services

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target


def wait_for(
    world: World, target: Target, services: tuple[str, ...], timeout: float | None, known_envs: Sequence[str] = ()
) -> Waited:
    """Wait for these services, or for all that have containers; a named one may yet be created.

    Raises Misuse where there is nothing to wait for, StartError (5) and NotReady (6) as `up` does, EngineError.
    """
    learn_target(world, target)
    scene = look(world, without_probes(with_generated(target)))
    learn_stack(world, scene.stack)
    check_services(services, list(scene.stack.services), list(known_envs))
    names = [name for name in scene.stack.services if name in services or (not services and scene.of(name))]
    if not names:
        raise Misuse(f"{target.title} has no containers to wait for", f"start it: stackctl up {target.env.value}")
    with asking(world.engine, world.clock) as ask:
        watch = Watch(
            scene.stack,
            names,
            timeout or patience(scene.stack, names),
            scale={name: len(scene.of(name)) for name in names if scene.of(name)},
            ask=ask,
            known=scene.containers,
        )
        waited = wait_until_settled(world.engine, world.clock, world.events, watch)
    raise_unless_standing(world, target, waited, names)
    return waited
