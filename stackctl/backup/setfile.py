"""A set as one file, to pass on: a plain tar archive with the set's folder in it, the manifest last.

`tar -xf FILE` gives the folder back. Reading never unpacks anything: the members are looked at where they stand, and
anything but what is written here (one folder, plain files, a manifest that names each of them) is refused. The file may
come from anybody.
"""

from __future__ import annotations

import fcntl
import io
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from stackctl.backup.manifest import NAME, Manifest, damaged, from_bytes, to_bytes
from stackctl.backup.place import ID, Draft, sync_dir, writing
from stackctl.errors import BackupFailed, Misuse, Refused

BLOCK = 512
MOST_MEMBERS = 4096
MOST_MANIFEST = 16 << 20


@dataclass(frozen=True)
class Member:
    """Where a member's content stands in the file."""

    offset: int
    size: int


class SetFile:
    """See Place: one set in one file. What is noted about it is kept for this run alone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._notes: dict[str, Any] = {}
        self._read: tuple[str, dict[str, Member]] | None = None

    @property
    def address(self) -> str:
        """See Place.address."""
        return str(self.path)

    def ids(self) -> list[str]:
        """See Place.ids."""
        return [self._index()[0]]

    def begin(self, set_id: str) -> Draft:
        """See Place.begin. An interrupted run's half file is written over; another run's at work is not."""
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise unwritable(self.path, error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            raise Refused(f"{self.path} is being written by another stackctl", "wait for it", code="busy") from error
        os.ftruncate(handle, 0)
        self._read = None
        return FileDraft(self.path, set_id, os.fdopen(handle, "r+b"))

    def manifest(self, set_id: str) -> Manifest:
        """See Place.manifest."""
        with self.open(set_id, NAME) as stream:
            return from_bytes(stream.read(MOST_MANIFEST), set_id)

    def open(self, set_id: str, name: str) -> IO[bytes]:
        """See Place.open."""
        found, members = self._index()
        if found != set_id or name not in members:
            raise damaged(f"{self.path} has no {name}", set_id)
        stream = self.path.open("rb", buffering=0)
        return cast("IO[bytes]", Window(stream, members[name]))

    def notes(self, _set_id: str) -> dict[str, Any]:
        """See Place.notes."""
        return dict(self._notes)

    def note(self, _set_id: str, notes: Mapping[str, Any]) -> None:
        """See Place.note."""
        self._notes = dict(notes)

    def remove(self, _set_id: str) -> None:
        """See Place.remove."""
        self.path.unlink(missing_ok=True)

    def sweep(self) -> list[str]:
        """See Place.sweep: only its owner knows whether a file beside it is wanted."""
        return []

    def _index(self) -> tuple[str, dict[str, Member]]:
        if self._read is None:
            try:
                with self.path.open("rb") as stream:
                    self._read = read_index(stream, str(self.path))
            except OSError as error:
                raise BackupFailed(f"{self.path} cannot be read: {error.strerror}", "name another file") from error
            named = {payload.file for payload in self.manifest(self._read[0]).payloads}
            if named != self._read[1].keys() - {NAME}:
                raise no_set(str(self.path), "its manifest names other files than it has")
        return self._read


class FileDraft:
    """See Draft: a set that is being written into one file."""

    def __init__(self, path: Path, set_id: str, stream: IO[bytes]) -> None:
        self._path = path
        self._id = set_id
        self._stream = stream

    @contextmanager
    def data(self, name: str) -> Iterator[IO[bytes]]:
        """See Draft.data. The header is written again at the end, when the size is known."""
        with writing(self._path):
            at = self._stream.tell()
            self._stream.write(self._header(name, 0))
            start = self._stream.tell()
            yield self._stream
            size = self._stream.tell() - start
            self._stream.write(b"\0" * (-size % BLOCK))
            end = self._stream.tell()
            self._stream.seek(at)
            self._stream.write(self._header(name, size))
            self._stream.seek(end)

    def publish(self, manifest: Manifest) -> None:
        """See Draft.publish: whole and on the disk; it gets its name when it has been read again."""
        with self.data(NAME) as stream:
            stream.write(to_bytes(manifest))
        with writing(self._path):
            self._stream.write(b"\0" * 2 * BLOCK)
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._stream.close()

    def drop(self) -> None:
        """See Draft.drop."""
        self._stream.close()
        self._path.unlink(missing_ok=True)

    def _header(self, name: str, size: int) -> bytes:
        member = tarfile.TarInfo(f"{self._id}/{name}")
        member.size, member.mode = size, 0o400
        try:
            # USTAR splits the folder off into its own field; GNU's form of the number takes over beyond 8 GiB.
            block = member.tobuf(tarfile.USTAR_FORMAT if size < 8**11 else tarfile.GNU_FORMAT)
        except ValueError as error:
            raise BackupFailed(f"{name} is too long a name for one file", "make a set, then: backups copy") from error
        if len(block) != BLOCK:
            raise BackupFailed(f"{name} is too long a name for one file", "make a set, then: backups copy")
        return block


class Window(io.RawIOBase):
    """A member of the file as a stream of its own."""

    def __init__(self, stream: io.FileIO, member: Member) -> None:
        self._stream = stream
        self._member = member
        self._at = 0

    def readable(self) -> bool:
        """See io.RawIOBase."""
        return True

    def seekable(self) -> bool:
        """See io.RawIOBase."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """See io.RawIOBase."""
        self._at = max(0, offset + (0, self._at, self._member.size)[whence])
        return self._at

    def tell(self) -> int:
        """See io.RawIOBase."""
        return self._at

    def readinto(self, buffer: Any) -> int:
        """See io.RawIOBase."""
        view = memoryview(buffer)[: max(0, self._member.size - self._at)]
        self._stream.seek(self._member.offset + self._at)
        got = self._stream.readinto(view) or 0
        self._at += got
        return got

    def close(self) -> None:
        """See io.RawIOBase."""
        self._stream.close()
        super().close()


def read_index(stream: IO[bytes], name: str) -> tuple[str, dict[str, Member]]:
    """Give the set's id and its members. Raises BackupFailed for anything that was not written here."""
    whole = stream.seek(0, os.SEEK_END)
    members: dict[str, Member] = {}
    ids: set[str] = set()
    at = 0
    while True:
        stream.seek(at)
        block = stream.read(BLOCK)
        if len(block) < BLOCK:
            raise no_set(name, "it is cut" if members else "this is no archive of a set")
        if not any(block):
            break
        folder, file, size = _header(block, name)
        if file in members or len(members) == MOST_MEMBERS:
            raise no_set(name, "it has a file twice, or very many")
        at += BLOCK
        members[file] = Member(at, size)
        ids.add(folder)
        at += size
        if at > whole:
            raise no_set(name, "it is cut")
        stream.seek(at)
        if any(stream.read(-size % BLOCK)):
            raise no_set(name, "it was changed")
        at += -size % BLOCK
        if at + 2 * BLOCK > whole:
            raise no_set(name, "it is cut")
    stream.seek(at)
    if at + 2 * BLOCK != whole or any(stream.read()):
        raise no_set(name, "it has more behind its end")
    if len(ids) != 1 or NAME not in members or members[NAME].size > MOST_MANIFEST:
        raise no_set(name, "it has no manifest")
    return ids.pop(), members


def no_set(name: str, why: str) -> BackupFailed:
    """Give the error for a file that is no set."""
    return BackupFailed(
        f"{name} is no whole set: {why}", "ask for the file again, or make one: backup -o", code="damaged"
    )


def unwritable(path: Path, error: OSError) -> BackupFailed:
    """Give the error for a file that cannot be written."""
    return BackupFailed(
        f"{path} cannot be written: {error.strerror}", "name another place with -o", code="not-writable"
    )


def half_of(path: Path) -> Path:
    """Give the name of the file while it is being written: beside it, hidden. Raises Misuse for what is none."""
    if path.name in ("", "-", ".", "..") or path.is_dir():
        raise Misuse(f"“{path}” is no name for a file", "write for example: -o shop.tar")
    if not path.parent.is_dir():
        raise Misuse(f"there is no folder {path.parent}", "make it first, or name another file")
    return path.with_name(f".{path.name}.partial")


def put_in_place(half: Path, path: Path) -> None:
    """Give the finished file its name, at once."""
    with writing(path):
        half.replace(path)
        sync_dir(path.parent)


def _header(block: bytes, name: str) -> tuple[str, str, int]:
    try:
        member = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except (tarfile.TarError, ValueError) as error:
        raise no_set(name, "this is no archive of a set") from error
    folder, _slash, file = member.name.partition("/")
    plain = member.type == tarfile.REGTYPE and not member.linkname and member.size >= 0
    if not plain or not ID.fullmatch(folder) or not file or "/" in file or file in (".", ".."):
        raise no_set(name, "it has something else in it than the files of one set")
    return folder, file, member.size
