"""What an interrupted backup or restore left: ended, undone or finished from its journal. Only under the lock.

The lock says that its owner is dead, so nothing here can be somebody's work. A restore that had begun to remove what
it put aside is finished, any earlier one is undone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stackctl.backup.helpers import Seat, ask, sweep
from stackctl.backup.journal import read_journal
from stackctl.backup.logins import login_of
from stackctl.backup.quiet import bring_back
from stackctl.backup.restore import undo
from stackctl.errors import BackupFailed
from stackctl.services.registry import driver_for
from stackctl.services.saving.base import Subject
from stackctl.services.saving.registry import saver_for
from stackctl.workspace.events import note

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World

TRIES = 60


def recover(world: World, project: str) -> None:
    """Put right what was interrupted, and say so. Raises BackupFailed where that fails: the journal stays then."""
    journal = read_journal(world, project)
    if journal is None:
        return
    sweep(world, project)
    if journal.facts.get("operation") == "restore":
        parts = [_part(world, project, facts) for facts in journal.facts.get("parts") or ()]
        if journal.facts.get("phase") == "commit":
            for saver, subject, seat in parts:
                ask(world, saver.commit(subject), seat)
            bring_back(world, journal)
            journal.close()
            world.events(note("an interrupted restore was finished"))
        else:
            undo(world, journal, parts)
            world.events(note("an interrupted restore was undone: everything is as it was before it"))
        return
    back = bring_back(world, journal)
    journal.close()
    restored = f"; {len(back)} containers run again" if back else ""
    what = journal.facts.get("operation") or "backup"
    world.events(note(f"an interrupted {what} was put right{restored}"))


def _part(world: World, project: str, facts: Mapping[str, Any]) -> tuple[Any, Subject, Seat]:
    saver = saver_for(str(facts["kind"]))
    raw = facts["subject"]
    subject = Subject(**{**raw, "only": tuple(raw["only"])})
    seat = Seat(project, subject.service, str(facts["container"]), str(facts["image"]), str(facts["store"]))
    return saver, subject, _reached(world, seat, saver) if saver.online_restore else seat


def _reached(world: World, seat: Seat, saver: Any) -> Seat:
    """Give the seat with its login once the server answers; it is started where it does not run."""
    container = next((item for item in world.engine.containers(seat.project) if item.id == seat.container), None)
    if container is None:
        raise BackupFailed(
            f"{seat.service} had a restore interrupted, and its container is gone",
            f"start it again (stackctl up {seat.service}); what was restored stands beside the live data",
            code="not-running",
        )
    if not container.running:
        world.engine.run(("start", container.id))
    for _ in range(TRIES):
        try:
            login = login_of(world, driver_for(container.image, container.labels), container)
            found = Seat(
                seat.project,
                seat.service,
                seat.container,
                seat.image,
                seat.store,
                login.user,
                saver.login_line(login.password),
            )
            ask(world, saver.look(Subject(seat.service)), found)
        except BackupFailed:
            world.clock.sleep(0.5)
        else:
            return found
    raise BackupFailed(f"{seat.service} does not answer", "see: stackctl why", code="not-running")
