"""The question that the images room is asked about a scene."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.errors import Refused
from stackctl.images.choice import policy_of
from stackctl.images.fills import living, read_fills
from stackctl.images.plan import ImageQuestion, lookup_names, plan_images, read_dockerfiles
from stackctl.images.recipes import find_recipes
from stackctl.workspace.home import project_home

if TYPE_CHECKING:
    from stackctl.images.plan import ImagePlan
    from stackctl.lifecycle.scene import Scene
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target


def fills_path(world: World, project: str) -> Path:
    """Give the file that remembers what first filled each data volume."""
    return project_home(world.shell, project) / "volumes.json"


def volume_names(world: World, scene: Scene) -> Sequence[str]:
    """Give the names of the project's volumes as they were at the look. Raises EngineError."""
    return scene.ahead.volume_names() if scene.ahead else world.engine.volume_names(scene.stack.name)


def decide_images(
    world: World, target: Target, scene: Scene, services: Collection[str], policy: str
) -> tuple[ImagePlan, ImagePlan | None]:
    """Give the plan for the images of these services, and for those of the others (None: there are none).

    Raises Refused for data of another kind, Misuse, EngineError. What would be refused for the others is their next
    start's business.
    """
    stack = scene.stack
    whole = ImageQuestion(
        stack=stack,
        services=tuple(stack.services),
        policy=policy_of(policy or world.shell.get("STACKCTL_IMAGES", "")),
        plain=target.plain,
        recipes=find_recipes(target.root),
        dockerfiles=read_dockerfiles(stack, tuple(stack.services), world.files),
    )
    present = world.engine.images(lookup_names(whole))
    fills = living(read_fills(world.files, fills_path(world, stack.name)), stack, volume_names(world, scene))
    question = replace(whole, fills=fills, services=tuple(services))
    plan = plan_images(question, present)
    others = tuple(name for name in stack.services if name not in services)
    try:
        rest = plan_images(replace(question, services=others), present) if others else None
    except Refused:
        rest = None
    return plan, rest
