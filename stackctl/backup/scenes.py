"""The look that backup and restore begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.errors import StackctlError
from stackctl.lifecycle.owner import check_owner
from stackctl.lifecycle.scene import compose_of, look, look_at_model, with_generated
from stackctl.lifecycle.secrecy import learn_stack, learn_target

if TYPE_CHECKING:
    from stackctl.lifecycle.scene import Scene
    from stackctl.lifecycle.world import World
    from stackctl.stack.model import Stack
    from stackctl.workspace.target import Target


def scene_of(world: World, target: Target) -> Scene:
    """Give the model that the last `up` applied and the containers. Raises ConfigError, EngineError, Refused."""
    learn_target(world, target)
    scene = look(world, with_generated(target))
    learn_stack(world, scene.stack)
    check_owner(world, target, scene.containers)
    return scene


def model_of(world: World, target: Target) -> Stack | None:
    """Give the model alone, None where it cannot be read: listing sets must work while the files are broken."""
    learn_target(world, target)
    try:
        whole = with_generated(target)
        return look_at_model(world, compose_of(world, whole), whole)
    except StackctlError:
        return None
