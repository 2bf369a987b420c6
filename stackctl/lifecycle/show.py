"""The merged model, for eyes: Compose's answer with every secret value hidden."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stackctl.lifecycle.environment import plan_environment
from stackctl.lifecycle.scene import compose_of, look_at_model
from stackctl.lifecycle.secrecy import learn_stack, learn_target
from stackctl.mask import HIDDEN, Mask, is_sensitive

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target


def merged_model(world: World, target: Target) -> Any:
    """Give the merged model of a target, masked. Works without the engine. Raises ConfigError."""
    learn_target(world, target)
    plan = plan_environment(world, target)
    stack = look_at_model(world, compose_of(world, plan.target, plan.variables), plan.target)
    learn_stack(world, stack)
    return masked(stack.raw, world.mask)


def masked(value: Any, mask: Mask) -> Any:
    """Give a JSON value with secret values hidden: by what is known, and by the name of a key."""
    if isinstance(value, Mapping):
        return {
            key: HIDDEN if isinstance(item, str) and item and is_sensitive(str(key)) else masked(item, mask)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [masked(item, mask) for item in value]
    return mask(value) if isinstance(value, str) else value
