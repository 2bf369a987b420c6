"""Throw-away stores and servers: without any network, labelled as helpers so that a killed run's are found."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from stackctl.backup.helpers import NO_SERVICE, Seat, ask
from stackctl.engine.helper import LABEL
from stackctl.errors import BackupFailed

if TYPE_CHECKING:
    from stackctl.backup.manifest import Payload
    from stackctl.lifecycle.world import World
    from stackctl.services.saving.base import Helper

TRIES = 120
NAP_SECONDS = 0.5


def recorded_image(world: World, payload: Payload) -> str:
    """Give the image a payload was saved from, by its id or else by its name; empty where neither is here."""
    names = [name for name in (payload.image_id, payload.image) if name]
    return next((name for name in names if world.engine.images([name])), "")


@contextlib.contextmanager
def scratch_volume(world: World, project: str, side: str) -> Iterator[str]:
    """Give the name of an empty volume that is gone at the end of the block. Raises BackupFailed."""
    name = f"stackctl-trial-{project}-{side}"
    outcome = world.engine.run(("volume", "create", "--label", f"{LABEL}={project}", name))
    if outcome.code != 0:
        raise BackupFailed(f"no scratch volume could be made: {outcome.err.strip()}", "see: stackctl doctor")
    try:
        yield name
    finally:
        world.engine.run(("volume", "rm", "--force", name))


@contextlib.contextmanager
def scratch_server(
    world: World, seat: Seat, target: str, options: Sequence[str], words: Sequence[str]
) -> Iterator[str]:
    """Give the id of a server of the seat's image over the seat's store at `target`. Raises BackupFailed."""
    name = f"stackctl-scratch-{seat.project}-{world.entropy.take(4).hex()}"
    always = ("--network", "none", "--label", f"{LABEL}={seat.project}", *NO_SERVICE)
    start = ("run", "--detach", "--name", name, "--pull", "never", *always, "--volume", f"{seat.store}:{target}")
    outcome = world.engine.run((*start, *options, seat.image, *words))
    try:
        if outcome.code != 0:
            raise BackupFailed(
                f"{seat.service} did not start over a copy: {outcome.err.strip()}", "see: stackctl doctor"
            )
        yield outcome.out.split()[-1]
    finally:
        world.engine.run(("rm", "--force", "--volumes", name))


def answer_of(world: World, helper: Helper, seat: Seat, tries: int = TRIES) -> Any:
    """Ask until there is an answer, and give it. Raises BackupFailed with the last reason."""
    for attempt in range(tries):
        try:
            return ask(world, helper, seat)
        except BackupFailed as error:
            if _ended(world, seat):
                words = world.engine.run(("logs", "--tail", "3", seat.container))
                last = (words.out + words.err).strip().splitlines()
                raise BackupFailed(
                    f"{seat.service}: its server ended over this data: {last[-1] if last else error.message}",
                    "see: stackctl doctor",
                ) from error
            if attempt == tries - 1:
                raise
            world.clock.sleep(NAP_SECONDS)
    raise AssertionError("no try at all")


def _ended(world: World, seat: Seat) -> bool:
    """Say whether the server has given up: nobody needs to ask it a hundred times."""
    found = world.engine.inspect([seat.container]) if seat.container else []
    return bool(found) and found[0].state in ("exited", "dead")
