"""The look that backup and restore begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.engine.complaints import VariableMissing
from stackctl.errors import NotReady, StackctlError
from stackctl.lifecycle.env_files import own_env_file, template_paths
from stackctl.lifecycle.owner import check_owner
from stackctl.lifecycle.scene import compose_of, look, look_at_model, with_generated
from stackctl.lifecycle.secrecy import learn_stack, learn_target

if TYPE_CHECKING:
    from stackctl.lifecycle.scene import Scene
    from stackctl.lifecycle.world import World
    from stackctl.stack.model import Stack
    from stackctl.workspace.target import Target


def scene_of(world: World, target: Target) -> Scene:
    """Give the model that the last `up` applied and the containers. Raises ConfigError, EngineError, Refused.

    Before the first `up` there may be no model: its env file and secrets are made by that. Raises NotReady then.
    """
    learn_target(world, target)
    try:
        scene = look(world, with_generated(target))
    except VariableMissing as error:
        if not template_paths(target) or own_env_file(target).exists():
            raise
        hint = f"start it first: stackctl up {target.env.value}".rstrip()
        raise NotReady(f"{target.title} was never started here", hint, code="not-running") from error
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
