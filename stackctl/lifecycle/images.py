"""The images of a target as a table, and building the local ones by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.images.build import build_recipes
from stackctl.images.recipes import find_recipes
from stackctl.images.table import ImageRow, image_rows
from stackctl.lifecycle.begin import environment_of
from stackctl.lifecycle.image_doors import image_doors
from stackctl.lifecycle.image_plan import decide_images
from stackctl.lifecycle.scene import Scene, compose_of, look_at_model
from stackctl.lifecycle.secrecy import learn_target
from stackctl.stack.model import built_name
from stackctl.workspace.find import check_services
from stackctl.workspace.names import unknown

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target


def image_table(world: World, target: Target, services: Sequence[str], policy: str) -> list[ImageRow]:
    """Give a row per image of a target's services. Raises ConfigError, EngineError, Refused."""
    learn_target(world, target)
    env = environment_of(world, target)
    compose = compose_of(world, env.target, env.variables)
    stack = look_at_model(world, compose, env.target)
    check_services(tuple(services), list(stack.services), [])
    plan, _rest = decide_images(
        world, target, Scene(env.target, compose, stack, ()), services or list(stack.services), policy
    )
    built = [service.name for service in stack.services.values() if built_name(stack, service) in plan.present]
    return image_rows(plan.settled(built), world.clock.now())


def build_local(world: World, root: Path, name: str) -> tuple[tuple[str, ...], float]:
    """Build a recipe, or `all` of them, where missing or outdated; give what was built and the seconds taken.

    Raises Misuse for an unknown name, StartError with the tail of a build that failed.
    """
    recipes = find_recipes(root)
    if name != "all" and name not in recipes:
        raise unknown("image", name, [*recipes, "all"])
    start = world.clock.monotonic()
    doors = image_doors(world, root, world.engine.facts())
    built = build_recipes(recipes, list(recipes) if name == "all" else [name], doors)
    return built, world.clock.monotonic() - start
