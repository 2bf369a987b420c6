"""What the images room needs of the outside, made from our world; and the question it is asked about a scene."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from pathlib import Path

from stackctl.engine.values import EngineFacts
from stackctl.images.build import ImageDoors
from stackctl.images.buildlog import disk_logs
from stackctl.images.certificates import ca_bundle
from stackctl.images.choice import policy_of
from stackctl.images.fills import living, read_fills
from stackctl.images.plan import ImagePlan, ImageQuestion, lookup_names, plan_images, read_dockerfiles
from stackctl.images.reach import reach_by_tcp
from stackctl.images.recipes import find_recipes
from stackctl.images.script import HostScript
from stackctl.lifecycle.world import World
from stackctl.stack.model import Stack
from stackctl.workspace.events import Event, note
from stackctl.workspace.home import home, project_home
from stackctl.workspace.lock import locked
from stackctl.workspace.target import Target

BUILD_PATIENCE = 3600.0


def fills_path(world: World, project: str) -> Path:
    """Give the file that remembers what first filled each data volume."""
    return project_home(world.shell, project) / "volumes.json"


def decide_images(world: World, target: Target, stack: Stack, services: Collection[str], policy: str) -> ImagePlan:
    """Give the plan for the images of these services. Raises Refused for data of another kind, Misuse, EngineError."""
    existing = world.engine.volume_names(stack.name)
    question = ImageQuestion(
        stack=stack,
        services=services,
        policy=policy_of(policy or world.shell.get("STACKCTL_IMAGES", "")),
        plain=target.plain,
        recipes=find_recipes(target.root),
        fills=living(read_fills(world.files, fills_path(world, stack.name)), stack, existing),
        dockerfiles=read_dockerfiles(stack, services, world.files),
    )
    return plan_images(question, world.engine.images(lookup_names(question)))


def image_doors(world: World, root: Path, facts: EngineFacts) -> ImageDoors:
    """Give the doors for fetching and building."""
    return ImageDoors(
        engine=world.engine,
        facts=facts,
        reach=reach_by_tcp,
        script=HostScript(world.shell, world.mask),
        clock=world.clock,
        open_log=disk_logs(root, world.files),
        events=_Told(world),
        ca=ca_bundle(world.shell),
        lock=lambda: _build_lock(world),
    )


def _build_lock(world: World) -> AbstractContextManager[None]:
    # One for the machine: two environments that need the same recipe would build it twice on the same cores.
    path = home(world.shell) / "build.lock"
    return locked(path, "building images", BUILD_PATIENCE, world.clock, lambda text: world.events(note(text)))


class _Told:
    """Turns what the images room tells into events."""

    def __init__(self, world: World) -> None:
        self._events = world.events

    def on_note(self, text: str) -> None:
        """See ImageEvents."""
        self._events(note(text))

    def on_step(self, image: str, step: str, elapsed: float) -> None:
        """See ImageEvents."""
        self._events(Event("image", step, image, "running", elapsed))

    def on_done(self, image: str, how: str, elapsed: float) -> None:
        """See ImageEvents."""
        self._events(Event("image", how, image, "done", elapsed))
