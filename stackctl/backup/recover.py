"""What an interrupted backup or restore left: ended, undone or finished from its journal. Only under the lock.

The lock says that its owner is dead, so nothing here can be somebody's work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.backup.helpers import sweep
from stackctl.backup.journal import read_journal
from stackctl.backup.quiet import bring_back
from stackctl.workspace.events import note

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World


def recover(world: World, project: str) -> None:
    """Put right what was interrupted, and say so. Raises BackupFailed where that fails: the journal stays then."""
    journal = read_journal(world, project)
    if journal is None:
        return
    what = journal.facts.get("operation") or "backup"
    sweep(world, project)
    back = bring_back(world, journal)
    journal.close()
    restored = f"; {len(back)} containers run again" if back else ""
    world.events(note(f"an interrupted {what} was put right{restored}"))
