"""What the images room needs of the outside, made from our world."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.images.build import ImageDoors
from stackctl.images.buildlog import disk_logs
from stackctl.images.certificates import ca_bundle
from stackctl.images.reach import reach_by_tcp
from stackctl.images.script import HostScript
from stackctl.workspace.events import Event, note
from stackctl.workspace.home import home
from stackctl.workspace.lock import locked

if TYPE_CHECKING:
    from stackctl.engine.values import EngineFacts
    from stackctl.lifecycle.world import World

BUILD_PATIENCE = 3600.0


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
