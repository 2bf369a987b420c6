"""Reading a bundle that somebody has sent. It may be damaged, newer than we are, or made to harm.

Nothing is ever unpacked to a disk. What a bundle of ours never has ends the reading at once: a link, a device, a path
that leads elsewhere, a file twice, more files or bytes than there can be.
"""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from stackctl.bundle.manifest import FORMAT, NAME, README, SCHEMA, Manifest
from stackctl.errors import ConfigError
from stackctl.services.lines.formats import without_controls
from stackctl.workspace.codec import zstd
from stackctl.workspace.files import read_at_most

if TYPE_CHECKING:
    from pathlib import Path

# Ours are a few megabytes; a log packs to a hundredth of its size, so the bound that counts is that of the content.
MOST_PACKED = 64 * 1024 * 1024
MOST_BYTES = 128 * 1024 * 1024
MOST_FILES = 2000
LONGEST_TEXT = 256 * 1024
PIECE = 1024 * 1024
_SAFE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*){0,3}")


@dataclass(frozen=True)
class Bundle:
    """A bundle that is whole: every file of its manifest is there and is the one that was packed."""

    manifest: Manifest
    files: Mapping[str, bytes]

    def json(self, name: str) -> Any:
        """Give a file as a JSON value, its texts without control codes. Raises ConfigError for one that is no JSON."""
        return _clean(_loads(self.files[name], name))


def read_bundle(path: Path) -> Bundle:
    """Read a file. Raises ConfigError: missing, not a bundle, damaged, newer, or not to be trusted."""
    return bundle_of(read_at_most(path, MOST_PACKED), str(path))


def bundle_of(data: bytes, name: str = "it") -> Bundle:
    """Read the bytes of a bundle. Raises ConfigError."""
    try:
        files = _files(_unpacked(data))
        head = _clean(_loads(files.pop(NAME, b"null"), NAME))
        return Bundle(_manifest(head, files), files)
    except Wrong as wrong:
        raise ConfigError(f"{name} {wrong.what}", wrong.hint, code=wrong.code) from wrong


class Wrong(Exception):
    """Why a bundle is not read."""

    def __init__(self, what: str, code: str = "bundle-damaged", hint: str = "ask for it once more") -> None:
        super().__init__(what)
        self.what, self.code, self.hint = what, code, hint


def _hostile(what: str) -> Wrong:
    return Wrong(f"is refused: {what}", "bundle-refused", "no bundle of stackctl looks like this: do not open it")


def _unpacked(data: bytes) -> bytes:
    pieces: list[bytes] = []
    size = 0
    try:
        with zstd().open(io.BytesIO(data), "rb") as stream:
            while piece := stream.read(PIECE):
                size += len(piece)
                if size > MOST_BYTES:
                    raise _hostile(f"it holds more than {MOST_BYTES // 1024**2} MiB")
                pieces.append(piece)
    except (EOFError, zstd().ZstdError, MemoryError) as error:
        if not data.startswith(b"\x28\xb5\x2f\xfd"):
            raise Wrong("is no bundle", "bundle-damaged", "name a file that stackctl bundle has written") from error
        raise Wrong(f"is damaged or cut off: {error}") from error
    return b"".join(pieces)


def _files(data: bytes) -> dict[str, bytes]:
    """Give the files of an archive by name."""
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            while (member := archive.next()) is not None:
                _check(member, files)
                stream = archive.extractfile(member)
                content = stream.read() if stream else b""
                if len(content) != member.size:
                    raise Wrong(f"is damaged or cut off: {member.name} is not whole")
                files[member.name] = content
    except (tarfile.TarError, OSError, ValueError, OverflowError, RecursionError, MemoryError) as error:
        raise Wrong(f"is damaged: {type(error).__name__}") from error
    return files


def _check(member: tarfile.TarInfo, files: Mapping[str, bytes]) -> None:
    name = repr(without_controls(member.name)[:100])
    if not member.isreg() or member.issparse() or member.pax_headers:
        raise _hostile(f"{name} in it is no plain file")
    if not _SAFE.fullmatch(member.name) or ".." in member.name:
        raise _hostile(f"the path {name} in it leads elsewhere")
    if member.name in files:
        raise _hostile(f"{name} is in it twice")
    if not 0 <= member.size <= MOST_BYTES:
        raise _hostile(f"the size of {name} in it is impossible")
    if len(files) >= MOST_FILES:
        raise _hostile(f"it holds more than {MOST_FILES} files")


def _manifest(head: Any, files: Mapping[str, bytes]) -> Manifest:
    """Read the manifest, and compare it with what is there."""
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise Wrong("is no bundle", hint="name a file that stackctl bundle has written")
    schema = head.get("schema")
    if type(schema) is int and schema > SCHEMA:
        raise Wrong(
            f"was made by a newer stackctl ({str(head.get('by'))[:40]})",
            "bundle-newer",
            f"it has schema {schema}, this stackctl reads {SCHEMA}: update stackctl",
        )
    try:
        if schema != SCHEMA:
            raise ValueError(f"schema {schema}")
        manifest = Manifest.from_dict(head)
    except (ValueError, TypeError, OverflowError) as error:
        raise Wrong(f"is damaged: its manifest is not understood: {str(error)[:200]}") from error
    for facts in manifest.files:
        if facts.name not in files or hashlib.sha256(files[facts.name]).hexdigest() != facts.sha256:
            raise Wrong(f"is damaged: {facts.name[:100]} is not what was packed")
    more = files.keys() - {facts.name for facts in manifest.files} - {README}
    if more:
        raise _hostile(f"{min(more)[:100]} in it is not in its manifest")
    return manifest


def _loads(data: bytes, name: str) -> Any:
    try:
        return orjson.loads(data)  # bounds the depth, unlike Python's own
    except orjson.JSONDecodeError as error:
        raise Wrong(f"is damaged: {name} is no JSON: {error}") from error


def _clean(value: Any) -> Any:
    """Give a JSON value whose texts move no cursor and have an end: they will be printed, and searched."""
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise _hostile(f"a text in it is longer than {LONGEST_TEXT // 1024} KiB")
        return value if value.isprintable() else without_controls(value)
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value
