"""Which sets there are, and which one is meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.backup.place import DiskPlace
from stackctl.errors import BackupFailed, ConfigError, Misuse
from stackctl.workspace.home import project_home
from stackctl.workspace.names import closest

if TYPE_CHECKING:
    from stackctl.backup.manifest import Manifest
    from stackctl.backup.place import Place
    from stackctl.lifecycle.world import World
    from stackctl.stack.model import Stack

LEVELS = ("quick", "full", "restore")


@dataclass(frozen=True)
class Entry:
    """A set as it is listed: `manifest` is None for a damaged one, `problem` says why."""

    id: str
    manifest: Manifest | None
    notes: dict[str, Any] = field(default_factory=dict)
    problem: str = ""

    @property
    def verified(self) -> tuple[str, str]:
        """Give the highest level that it passed last, and when; both empty where it passed none or failed since."""
        checks = self.notes.get("verified") or []
        if not checks or not checks[-1].get("ok"):
            return "", ""
        good = []
        for check in reversed(checks):
            if not check.get("ok"):
                break
            good.append(check)
        best = max(good, key=lambda check: LEVELS.index(check["level"]))
        return best["level"], best["at"]

    @property
    def pinned(self) -> str:
        """Give why it is kept whatever happens, empty where it is not."""
        return str(self.notes.get("pinned") or "")

    def passed(self, level: str) -> bool:
        """Say whether it passed this level or a higher one."""
        best = self.verified[0]
        return bool(best) and LEVELS.index(best) >= LEVELS.index(level)


def place_of(world: World, project: str, stack: Stack | None) -> DiskPlace:
    """Give the place of a project's sets: `x-stackctl.backup.dir`, or the folder under $STACKCTL_HOME."""
    wanted = settings(stack).get("dir")
    folder = Path(str(wanted)).expanduser() / project if wanted else project_home(world.shell, project) / "backups"
    if not folder.is_absolute():
        raise ConfigError(f"x-stackctl.backup.dir is relative: {wanted}", "write a whole path, or one with ~")
    return DiskPlace(folder, world.files)


def settings(stack: Stack | None) -> dict[str, Any]:
    """Give `x-stackctl.backup`, empty where there is none."""
    found = stack.settings.get("backup") if stack else None
    return dict(found) if isinstance(found, dict) else {}


def entries(place: Place) -> list[Entry]:
    """Give every set, the oldest first."""
    return [entry(place, set_id) for set_id in place.ids()]


def entry(place: Place, set_id: str) -> Entry:
    """Give one set; a damaged manifest is told and no error."""
    try:
        return Entry(set_id, place.manifest(set_id), place.notes(set_id))
    except BackupFailed as error:
        return Entry(set_id, None, place.notes(set_id), error.message)


def choose(place: Place, word: str, services: Sequence[str] = ()) -> Entry:
    """Give the set that a word means; the latest that passed a check and holds these services for none.

    Raises Misuse where there is none.
    """
    all_sets = entries(place)
    if not all_sets:
        raise Misuse("there are no backups yet", "make one: stackctl backup", code="unknown-set")
    if word in ("", "latest"):
        return _latest(all_sets, services)
    exact = [item for item in all_sets if item.id.startswith(word)]
    if len(exact) == 1:
        return exact[0]
    if len(exact) > 1:
        raise Misuse(f"“{word}” means {len(exact)} sets", "; ".join(item.id for item in exact), code="unknown-set")
    at = _time(word)
    if at:
        before = [
            item
            for item in all_sets
            if item.manifest
            and datetime.fromisoformat(item.manifest.created) <= at
            and set(services) <= set(item.manifest.services)
        ]
        if before:
            return before[-1]
        holding = f" that holds {' and '.join(services)}" if services else ""
        raise Misuse(
            f"there is no set{holding} from {word} or before", f"the oldest is {all_sets[0].id}", code="unknown-set"
        )
    ids = [item.id for item in all_sets]
    guess = closest(word, ids) or ids[-1]
    raise Misuse(f"there is no set “{word}”", f"did you mean {guess}? See: stackctl backups", code="unknown-set")


def _latest(all_sets: Sequence[Entry], services: Sequence[str]) -> Entry:
    holding = [
        item
        for item in all_sets
        if item.manifest and item.manifest.purpose != "safety" and set(services) <= set(item.manifest.services)
    ]
    if not holding:
        raise Misuse(
            f"no set holds {' and '.join(services) or 'anything'}", "see: stackctl backups", code="unknown-set"
        )
    verified = [item for item in holding if item.verified[0]]
    if not verified:
        raise Misuse(
            "no set that holds it has passed a check", "check one: stackctl backups verify latest", code="unverified"
        )
    return verified[-1]


def _time(word: str) -> datetime | None:
    """Read a time: ISO 8601, in this machine's zone where none is said; written as in an id it is UTC, as ids are."""
    written = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d)-(\d\d)(?:-(\d\d))?", word)
    try:
        if written:
            return datetime.fromisoformat(":".join(part for part in written.groups() if part) + "+00:00")
        found = datetime.fromisoformat(word)
    except ValueError:
        return None
    return found if found.tzinfo else found.astimezone()
