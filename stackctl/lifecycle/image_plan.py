"""The question that the images room is asked about a scene."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

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


def decide_images(world: World, target: Target, stack: Stack, services: Collection[str], policy: str) -> ImagePlan:
    """Give the plan for the images of these services. Raises Refused for data of another kind, Misuse, EngineError."""
    question = ImageQuestion(
        stack=stack,
        services=services,
        policy=policy_of(policy or world.shell.get("STACKCTL_IMAGES", "")),
        plain=target.plain,
        recipes=find_recipes(target.root),
        dockerfiles=read_dockerfiles(stack, services, world.files),
    )
    with ThreadPoolExecutor(2) as pool:
        existing = pool.submit(world.engine.volume_names, stack.name)
        present = pool.submit(world.engine.images, lookup_names(question))
    fills = living(read_fills(world.files, fills_path(world, stack.name)), stack, existing.result())
    return plan_images(replace(question, fills=fills), present.result())
