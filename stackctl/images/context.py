"""A build context as Docker would send it: every entry with its digest. Reads the disk, changes nothing."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stackctl.images.dockerignore import Ignore, Verdict, parse

# A file that changed in the moment it was read can keep size and times: kernels stamp in steps of some milliseconds,
# some file systems in steps of two seconds. git calls such an entry racy and reads it again; so do we.
RACY_NS = 2_000_000_000


@dataclass(frozen=True)
class Stamp:
    """What a file looked like when its digest was taken (times in ns since 1970)."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    digest: str

    def holds(self, facts: os.stat_result, taken_ns: int) -> bool:
        """Say whether the digest can be trusted without reading the file.

        The change time cannot be set by a program (`touch -r`, `cp -p`, tar set only the other one).
        """
        same = (self.size, self.mtime_ns, self.ctime_ns, self.inode) == (
            facts.st_size,
            facts.st_mtime_ns,
            facts.st_ctime_ns,
            facts.st_ino,
        )
        return same and self.ctime_ns < taken_ns - RACY_NS


@dataclass(frozen=True)
class Known:
    """What an earlier reading found: stamps by relative path, and when it began (ns since 1970)."""

    stamps: Mapping[str, Stamp]
    taken_ns: int


@dataclass(frozen=True)
class Listing:
    """What a context holds: kind, mode and digest by relative path; stamps of its regular files."""

    entries: Mapping[str, str]
    stamps: Mapping[str, Stamp]


@dataclass(frozen=True)
class Limits:
    """How much is read before a context is in doubt: entries that count, entries looked at, bytes to read."""

    entries: int = 20_000
    visited: int = 100_000
    size: int = 512 * 1024 * 1024


class InDoubt(Exception):
    """The context cannot be told in reasonable time, or not at all; Compose has to look itself."""


LIMITS = Limits()


def read_ignore(context: Path, dockerfile: Path) -> Ignore:
    """Give the rules for a build: `<Dockerfile>.dockerignore` beside the Dockerfile, else the context's own file.

    Raises InDoubt for a file that cannot be read and for a pattern that Docker rejects.
    """
    for path in (dockerfile.with_name(f"{dockerfile.name}.dockerignore"), context / ".dockerignore"):
        try:
            return parse(path.read_text("utf-8", "surrogateescape"))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, ValueError) as error:
            raise InDoubt(str(error)) from error
    return Ignore()


def read_context(context: Path, ignore: Ignore, known: Known | None = None, limits: Limits = LIMITS) -> Listing:
    """List a context with digests; files whose stamp still holds are not read again.

    Raises InDoubt past the limits, and for a file that may not be read.
    """
    entries: dict[str, str] = {}
    stamps: dict[str, Stamp] = {}
    budget = limits.size
    try:
        for name, entry in _walk(context, ignore, limits.visited):
            facts = entry.stat(follow_symlinks=False)
            mode = stat.S_IMODE(facts.st_mode)
            if stat.S_ISLNK(facts.st_mode):
                entries[name] = f"link {_text_digest(str(Path(entry.path).readlink()))}"
            elif stat.S_ISDIR(facts.st_mode):
                entries[f"{name}/"] = f"dir {mode:o}"
            elif stat.S_ISREG(facts.st_mode):
                stamp = known.stamps.get(name) if known else None
                if known is None or stamp is None or not stamp.holds(facts, known.taken_ns):
                    budget -= facts.st_size
                    if budget < 0:
                        raise InDoubt("the build context is too large to read")
                    stamp = _stamp(facts, _file_digest(entry.path))
                stamps[name] = stamp
                entries[name] = f"file {mode:o} {stamp.digest}"
            else:
                entries[name] = f"special {mode:o}"  # opening a pipe would wait for ever
            if len(entries) > limits.entries:
                raise InDoubt(f"more than {limits.entries} files in the build context")
    except OSError as error:
        raise InDoubt(f"{error.filename}: {error.strerror}") from error
    return Listing(entries, stamps)


def _walk(context: Path, ignore: Ignore, most: int) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Give what Docker would send, with paths relative to the context, folders before what they hold."""
    visited = 0
    waiting: list[tuple[str, str, Verdict | None]] = [(str(context), "", None)]
    while waiting:
        folder, prefix, parent = waiting.pop()
        with os.scandir(folder) as found:
            listed = sorted(found, key=lambda entry: entry.name)
        for entry in listed:
            visited += 1
            if visited > most:
                raise InDoubt(f"more than {most} files below {context}")
            name = f"{prefix}{entry.name}"
            if name == ".stackctl":
                continue  # ours, and new after every start: in a plain project the context is its folder too
            verdict = ignore.check(name, parent)
            if not verdict.ignored:
                yield name, entry
            if entry.is_dir(follow_symlinks=False) and not (verdict.ignored and ignore.prunes(name)):
                waiting.append((entry.path, f"{name}/", verdict))


def _stamp(facts: os.stat_result, digest: str) -> Stamp:
    return Stamp(facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino, digest)


def _file_digest(path: str) -> str:
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _text_digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
