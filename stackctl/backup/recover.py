"""What an interrupted backup or restore left: ended, undone or finished from its journal. Only under the lock.

The lock says that its owner is dead, so nothing here can be somebody's work. A restore that had begun to remove what
it put aside is finished, any earlier one is undone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.backup.helpers import Seat, sweep
from stackctl.backup.journal import journal_path, read_journal
from stackctl.backup.logins import login_of
from stackctl.backup.place import DiskPlace
from stackctl.backup.quiet import act, bring_back
from stackctl.backup.reset import finish_reset
from stackctl.backup.restore import finish, undo
from stackctl.backup.scratch import answer_of, scratch_server
from stackctl.errors import BackupFailed
from stackctl.services.registry import driver_for
from stackctl.services.saving.base import Subject
from stackctl.services.saving.registry import saver_for
from stackctl.workspace.events import note

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World


def recover(world: World, project: str) -> None:
    """Put right what was interrupted, and say so. Raises BackupFailed where that fails: the journal stays then."""
    journal = read_journal(world, project)
    if journal is None:
        return
    sweep(world, project)
    if journal.facts.get("operation") == "restore":
        with contextlib.ExitStack() as servers:
            parts = [_part(world, project, facts, servers) for facts in journal.facts.get("parts") or ()]
            if journal.facts.get("phase") == "commit":
                finish(world, journal, parts)
                world.events(note("an interrupted restore was finished"))
            else:
                undo(world, journal, parts)
                world.events(note("an interrupted restore was undone: everything is as it was before it"))
        return
    if journal.facts.get("operation") == "reset" and journal.facts.get("phase") == "remove":
        finish_reset(world, journal.facts)
        journal.close()
        world.events(note("an interrupted reset was finished: the volumes are gone; what was in them: restore undo"))
        return
    if journal.facts.get("place"):
        DiskPlace(Path(str(journal.facts["place"])), world.files).sweep()
    back = bring_back(world, journal)
    half = Path(str(journal.facts.get("file") or ""))
    if half.name.startswith(".") and half.name.endswith(".partial"):
        world.files.remove(half)
    journal.close()
    restored = f"; {len(back)} containers run again" if back else ""
    what = journal.facts.get("operation") or "backup"
    world.events(note(f"an interrupted {what} was put right{restored}"))


def _part(
    world: World, project: str, facts: Mapping[str, Any], servers: contextlib.ExitStack
) -> tuple[Any, Subject, Seat]:
    saver = saver_for(str(facts["kind"]))
    raw = facts["subject"]
    subject = Subject(**{**raw, "only": tuple(raw["only"])})
    seat = Seat(project, subject.service, str(facts["container"]), str(facts["image"]), str(facts["store"]))
    return saver, subject, _reached(world, seat, saver, subject, servers) if saver.online_restore else seat


def _reached(world: World, seat: Seat, saver: Any, subject: Subject, servers: contextlib.ExitStack) -> Seat:
    """Give the seat with its login once the server answers; it is started where it does not run.

    Where somebody has removed its container, one without a network is put over its volume for the time of this: the
    next start must find the data as it was, and cannot be what brings it there.
    """
    found = world.engine.inspect([seat.container])
    if not found:
        if not seat.store:
            raise BackupFailed(
                f"{seat.service} had a restore interrupted, and its container is gone with its data",
                f"remove {journal_path(world.shell, seat.project)}",
                code="not-running",
            )
        scratch = servers.enter_context(scratch_server(world, seat, subject.target, (), ()))
        there = replace(seat, container=scratch, login=saver.login_line(""))
        answer_of(world, saver.look(Subject(seat.service)), there)
        return there
    container = found[0]
    if not container.running:
        act(world, "start", container.id)
    login = login_of(world, driver_for(container.image, container.labels), container)
    there = replace(seat, user=login.user, login=saver.login_line(login.password))
    answer_of(world, saver.look(Subject(seat.service)), there)
    return there
