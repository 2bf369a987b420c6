"""Which set a word means: one of this environment, a file that somebody passed on, or a set's folder elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.backup.catalogue import Entry, choose, entry
from stackctl.backup.manifest import NAME
from stackctl.backup.place import DiskPlace
from stackctl.backup.setfile import SetFile
from stackctl.errors import Misuse
from stackctl.workspace.names import closest

if TYPE_CHECKING:
    from stackctl.backup.manifest import Manifest
    from stackctl.backup.place import Place
    from stackctl.workspace.files import Files

WORDS = ("latest", "undo")


@dataclass(frozen=True)
class Found:
    """A set and where it is."""

    place: Place
    entry: Entry

    @property
    def manifest(self) -> Manifest:
        """Give its manifest. Raises BackupFailed for a damaged one."""
        return self.entry.manifest or self.place.manifest(self.entry.id)


def is_set(word: str, known: Sequence[str], here: Path) -> bool:
    """Say whether a word means a set rather than a service: `latest`, an id or its beginning, a time, a path."""
    return word == "latest" or bool(re.match(r"\d{4}-\d", word)) or word in known or is_path(word, here)


def is_path(word: str, here: Path) -> bool:
    """Say whether a word means a file or a folder."""
    return "/" in word or word.startswith("~") or word.endswith(".tar") or (here / word).is_file()


def find_set(home: DiskPlace, word: str, services: Sequence[str], files: Files, here: Path) -> Found:
    """Give the set that a word means.

    Raises Misuse where there is none, BackupFailed for a file that is no whole set.
    """
    if not word or not is_path(word, here) or word in home.ids():
        return Found(home, choose(home, word, services))
    path = (here / Path(word).expanduser()).absolute()
    if path.is_dir():
        if not (path / NAME).is_file():
            raise Misuse(f"{path} is no set: it has no {NAME}", "see: stackctl backups", code="unknown-set")
        place: Place = DiskPlace(path.parent, files)
        return Found(place, entry(place, path.name))
    if not path.is_file():
        raise Misuse(f"there is no file {path}", "see what sets there are: stackctl backups", code="unknown-set")
    place = SetFile(path)
    (set_id,) = place.ids()
    return Found(place, entry(place, set_id))


def no_such_word(word: str, services: Sequence[str], ids: Sequence[str]) -> Misuse:
    """Give the error for a first word that is neither a set nor a service."""
    guess = closest(word, [*services, *WORDS, *ids])
    there = f"services: {', '.join(sorted(services))}; sets: latest{', ' + ids[-1] if ids else ''} (stackctl backups)"
    return Misuse(
        f"no set and no service is called “{word}”",
        f"did you mean “{guess}”? {there}" if guess else there,
        code="unknown-service",
    )
