"""Where sets live. Data is put first, the manifest last; only then is the set there.

`Place` is what the room asks for; `DiskPlace` keeps sets as folders. Published as restic does it: everything is written
and synced in `.partial-<id>/`, which one rename turns into the set.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from stackctl.backup.manifest import NAME, Manifest, damaged, from_bytes, to_bytes
from stackctl.errors import BackupFailed, ConfigError
from stackctl.workspace.files import PRIVATE_DIR

if TYPE_CHECKING:
    from stackctl.workspace.files import Files

PARTIAL = ".partial-"
NOTES = "notes.json"
ID = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-[0-9a-f]{4}")


class Draft(Protocol):
    """A set that is being written."""

    def data(self, name: str) -> contextlib.AbstractContextManager[IO[bytes]]:
        """Give a file to write to; it is synced at the end of the block."""
        ...

    def publish(self, manifest: Manifest) -> None:
        """Write the manifest; from now on the set exists."""
        ...

    def drop(self) -> None:
        """Remove what was written."""
        ...


class Place(Protocol):
    """A home of sets."""

    @property
    def address(self) -> str:
        """Give where it is, as a text that finds it again."""
        ...

    def ids(self) -> list[str]:
        """Give the ids of all sets, the oldest first."""
        ...

    def begin(self, set_id: str) -> Draft:
        """Begin a set; what a killed run left of the same one is gone. Only under the lock."""
        ...

    def manifest(self, set_id: str) -> Manifest:
        """Read a manifest. Raises BackupFailed for a damaged one."""
        ...

    def open(self, set_id: str, name: str) -> IO[bytes]:
        """Open a payload for reading. Raises BackupFailed where it is missing."""
        ...

    def notes(self, set_id: str) -> dict[str, Any]:
        """Give what was noted about a set later: checks passed, pins."""
        ...

    def note(self, set_id: str, notes: Mapping[str, Any]) -> None:
        """Replace the notes. Raises BackupFailed."""
        ...

    def remove(self, set_id: str) -> None:
        """Remove a set."""
        ...

    def sweep(self) -> list[str]:
        """Remove what interrupted runs left, and give the names. Only under the lock."""
        ...


class DiskPlace:
    """Sets as folders on this machine, readable for their owner alone."""

    def __init__(self, root: Path, files: Files) -> None:
        self.root = root
        self._files = files

    @property
    def address(self) -> str:
        """See Place.address."""
        return str(self.root)

    def ids(self) -> list[str]:
        """See Place.ids. The folder decides, not the manifest: a set whose manifest is gone is shown as damaged."""
        return [name for name in self._files.names(self.root) if ID.fullmatch(name)]

    def begin(self, set_id: str) -> Draft:
        """See Place.begin."""
        self._files.make_dir(self.root)
        folder = self.root / f"{PARTIAL}{set_id}"
        with writing(folder):
            if folder.exists():  # of a copy that was killed: its id is the same every time
                shutil.rmtree(folder)
            folder.mkdir(PRIVATE_DIR)
        return DiskDraft(folder, self.root / set_id)

    def manifest(self, set_id: str) -> Manifest:
        """See Place.manifest."""
        data = self._files.read(self.root / set_id / NAME)
        if data is None:
            raise damaged(f"the set {set_id} has no manifest", set_id)
        return from_bytes(data, set_id)

    def open(self, set_id: str, name: str) -> IO[bytes]:
        """See Place.open."""
        path = self.root / set_id / name
        if path.parent != self.root / set_id:
            raise damaged(f"the set {set_id} names a file outside of it: {name}", set_id)
        try:
            return path.open("rb")
        except OSError as error:
            raise damaged(f"{path} cannot be read: {error.strerror}", set_id) from error

    def notes(self, set_id: str) -> dict[str, Any]:
        """See Place.notes."""
        try:
            raw = json.loads(self._files.read(self.root / set_id / NOTES) or b"{}")
        except ValueError:
            return {}
        return raw if isinstance(raw, dict) else {}

    def note(self, set_id: str, notes: Mapping[str, Any]) -> None:
        """See Place.note."""
        path = self.root / set_id / NOTES
        try:
            self._files.write(path, json.dumps(notes, indent=1).encode())
        except ConfigError as error:
            cause = error.__cause__
            raise _unwritable(path, cause if isinstance(cause, OSError) else OSError(0, error.message)) from error

    def remove(self, set_id: str) -> None:
        """See Place.remove: first out of sight, then gone, so that no half set is ever listed."""
        going = self.root / f"{PARTIAL}gone-{set_id}"
        with writing(self.root / set_id):
            (self.root / set_id).rename(going)
            sync_dir(self.root)
            shutil.rmtree(going)

    def sweep(self) -> list[str]:
        """See Place.sweep."""
        left = [name for name in self._files.names(self.root) if name.startswith(PARTIAL)]
        for name in left:
            shutil.rmtree(self.root / name, ignore_errors=True)
        return left


class DiskDraft:
    """A set that is being written on disk."""

    def __init__(self, folder: Path, final: Path) -> None:
        self.folder = folder
        self._final = final

    @contextmanager
    def data(self, name: str) -> Iterator[IO[bytes]]:
        """See Draft.data."""
        path = self.folder / name
        with writing(path), path.open("xb") as stream:
            os.fchmod(stream.fileno(), 0o400)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())

    def publish(self, manifest: Manifest) -> None:
        """See Draft.publish."""
        with self.data(NAME) as stream:
            stream.write(to_bytes(manifest))
        with writing(self.folder):
            sync_dir(self.folder)
            self.folder.rename(self._final)
            sync_dir(self._final.parent)

    def drop(self) -> None:
        """See Draft.drop."""
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an operating system error in the block into the sentence for a place that cannot be written."""
    try:
        yield
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> BackupFailed:
    full = "free space there, or set another place: x-stackctl.backup.dir"
    code = "disk-full" if error.errno == errno.ENOSPC else ""
    return BackupFailed(f"{path} cannot be written: {error.strerror}", full, code=code)


def sync_dir(path: Path) -> None:
    """Bring a folder's entries to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
