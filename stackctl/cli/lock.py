"""Holding an environment's lock for a command."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from stackctl.workspace.events import note
from stackctl.workspace.home import project_home
from stackctl.workspace.lock import locked

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.lifecycle.world import World


def hold(session: Session, world: World, project: str, purpose: str, wait: float) -> AbstractContextManager[None]:
    """Hold the lock of a project; while it is busy say for whom we wait. Raises Refused after `wait` seconds."""
    path = project_home(session.shell, project) / "lock"
    return locked(path, purpose, wait, world.clock, lambda text: session.progress(note(text)))
