"""Holding an environment's lock for a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from stackctl.workspace.events import note
from stackctl.workspace.home import FORKING, JOURNAL, project_home
from stackctl.workspace.lock import locked

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.lifecycle.world import World


def hold_to_change(
    session: Session, world: World, project: str, purpose: str, wait: float, *, changes: bool
) -> AbstractContextManager[None]:
    """Hold the lock where something changes (see `hold`): who only looks neither waits nor makes a lock file."""
    return hold(session, world, project, purpose, wait) if changes else nullcontext()


@contextmanager
def hold(session: Session, world: World, project: str, purpose: str, wait: float) -> Iterator[None]:
    """Hold the lock of a project; while it is busy say for whom we wait. Raises Refused after `wait` seconds.

    Where an earlier command was killed in the middle of a backup, a restore or a fork, that is put right first.
    """
    home = project_home(session.shell, project)
    with locked(home / "lock", purpose, wait, world.clock, lambda text: session.progress(note(text))):
        if (home / FORKING).exists():
            from stackctl.instances.half import end_half

            end_half(world, project)
        if (home / JOURNAL).exists():
            from stackctl.backup.recover import recover
            from stackctl.instances.half import end_halves_of

            recover(world, project)
            end_halves_of(world, project)
        yield


def is_half(session: Session, project: str) -> bool:
    """Say whether a fork into this project was cut short, or is under way."""
    return (project_home(session.shell, project) / FORKING).exists()
