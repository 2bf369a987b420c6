"""Holding services still for a copy, and bringing back exactly what ran, also after a kill."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.errors import BackupFailed, Refused
from stackctl.stack.order import dependents, start_order
from stackctl.workspace.events import note

if TYPE_CHECKING:
    from stackctl.backup.journal import Journal
    from stackctl.engine.values import Container
    from stackctl.lifecycle.scene import Scene
    from stackctl.lifecycle.world import World


@dataclass(frozen=True)
class Hush:
    """What is paused and what is stopped, in the order in which it is done: dependents first."""

    pause: tuple[Container, ...] = ()
    stop: tuple[Container, ...] = ()

    @property
    def names(self) -> list[str]:
        """Give the services, in order."""
        return list(dict.fromkeys(item.service for item in (*self.pause, *self.stop)))


def dependents_of(scene: Scene, services: Sequence[str]) -> tuple[Container, ...]:
    """Give the running containers that depend on these services, the last to start first."""
    names = dependents(scene.stack, services)
    order = [name for name in reversed(start_order(scene.stack)) if name in names]
    return tuple(container for name in order for container in scene.of(name) if container.state == "running")


def in_order(scene: Scene, containers: Sequence[Container]) -> tuple[Container, ...]:
    """Give containers in the order to stop them, each once."""
    order = {name: number for number, name in enumerate(reversed(start_order(scene.stack)))}
    unique = {container.id: container for container in containers}
    return tuple(sorted(unique.values(), key=lambda item: (order.get(item.service, len(order)), item.number)))


def check_return(world: World, scene: Scene, containers: Sequence[Container]) -> None:
    """Raise Refused where one of these, once stopped, could not start again as it was.

    In place of a secret's file that is gone the engine would put a folder, where the file belongs.
    """
    for name in dict.fromkeys(container.service for container in containers):
        service = scene.stack.services.get(name)
        for secret in service.secrets if service else ():
            source = scene.stack.secrets.get(secret)
            if source and source.file and world.files.look(source.file) is None:
                raise Refused(
                    f"{name} would be stopped, and could not start again: its secret {secret} is gone ({source.file})",
                    "put it back first, see: stackctl secrets list",
                    code="secret-missing",
                )


@contextmanager
def hushed(world: World, journal: Journal, hush: Hush) -> Iterator[None]:
    """Hold these still for the time of the block. The journal is written first and outlives a kill."""
    if not hush.names:
        yield
        return
    journal.write(paused=[container.id for container in hush.pause], stopped=[container.id for container in hush.stop])
    try:
        for verb, containers in (("pause", hush.pause), ("stop", hush.stop)):
            for container in containers:
                done = "paused" if verb == "pause" else "stopped"
                world.events(note(f"{container.service} is {done} meanwhile"))
                act(world, verb, container.id)
        yield
    finally:
        bring_back(world, journal)


def bring_back(world: World, journal: Journal) -> list[str]:
    """Unpause and start what the journal names; what is gone or runs already is fine. Gives what was brought back."""
    back = []
    for key, verb in (("stopped", "start"), ("paused", "unpause")):
        for container in reversed(journal.facts.get(key) or []):
            outcome = world.engine.run((verb, container))
            if outcome.code == 0:
                back.append(container)
            elif "No such container" not in outcome.err and "is not paused" not in outcome.err:
                raise BackupFailed(
                    f"a service could not be brought back: {outcome.err.strip()}", "start it: stackctl up"
                )
    journal.write(stopped=[], paused=[])
    return back


def act(world: World, verb: str, container: str) -> None:
    """Pause, stop or start a container. Raises BackupFailed."""
    outcome = world.engine.run((verb, container))
    if outcome.code != 0:
        raise BackupFailed(f"docker {verb} failed: {outcome.err.strip()}", "see: stackctl status")
