"""Wait for what somebody else starts: plain Compose, another shell, the engine after a reboot."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from stackctl.errors import Misuse
from stackctl.health.host_probe import asker
from stackctl.health.wait import Waited, Watch, patience, wait_until_settled
from stackctl.lifecycle.failure import raise_unless_standing
from stackctl.lifecycle.scene import PROBES, look, with_generated
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
    whole = with_generated(target)
    # Without the fast probes: how long a check may fail is for its author's values to say.
    scene = look(world, whole.with_overlays(*(path for path in whole.overlays if path.name != PROBES)))
    learn_stack(world, scene.stack)
    check_services(services, list(scene.stack.services), list(known_envs))
    names = [name for name in scene.stack.services if name in services or (not services and scene.of(name))]
    if not names:
        raise Misuse(f"{target.title} has no containers to wait for", f"start it: stackctl up {target.env.value}")
    watch = Watch(
        scene.stack,
        names,
        timeout or patience(scene.stack, names),
        scale={name: len(scene.of(name)) for name in names if scene.of(name)},
        ask=asker(local=platform.system() == "Linux" and not world.shell.get("DOCKER_HOST", "").startswith("tcp")),
    )
    waited = wait_until_settled(world.engine, world.clock, world.events, watch)
    raise_unless_standing(world, target, waited, names)
    return waited
