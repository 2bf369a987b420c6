"""The question that the images room is asked about a scene."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
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
    from stackctl.lifecycle.world import World
    from stackctl.stack.model import Stack
    from stackctl.workspace.target import Target


def fills_path(world: World, project: str) -> Path:
    """Give the file that remembers what first filled each data volume."""
    return project_home(world.shell, project) / "volumes.json"


def decide_images(
    world: World, target: Target, stack: Stack, services: Collection[str], policy: str
) -> tuple[ImagePlan, ImagePlan | None]:
    """Give the plan for the images of these services, and for those of the others (None: there are none).

    Raises Refused for data of another kind, Misuse, EngineError. What would be refused for the others is their next
    start's business.
    """
    whole = ImageQuestion(
        stack=stack,
        services=tuple(stack.services),
        policy=policy_of(policy or world.shell.get("STACKCTL_IMAGES", "")),
        plain=target.plain,
        recipes=find_recipes(target.root),
        dockerfiles=read_dockerfiles(stack, tuple(stack.services), world.files),
    )
    with ThreadPoolExecutor(2) as pool:
        existing = pool.submit(world.engine.volume_names, stack.name)
        present = pool.submit(world.engine.images, lookup_names(whole))
    fills = living(read_fills(world.files, fills_path(world, stack.name)), stack, existing.result())
    question = replace(whole, fills=fills, services=tuple(services))
    plan = plan_images(question, present.result())
    others = tuple(name for name in stack.services if name not in services)
    try:
        rest = plan_images(replace(question, services=others), present.result()) if others else None
    except Refused:
        rest = None
    return plan, rest
