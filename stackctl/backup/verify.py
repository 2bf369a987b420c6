"""Checking a set; the result is noted with it.

`quick`: manifest and sizes. `full`: every byte, to the end of every stream. `restore`: that, and a trial of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from stackctl.backup.manifest import Form, Manifest, Payload, damaged, to_bytes
from stackctl.backup.progress import Meter
from stackctl.backup.stream import Digesting, load
from stackctl.errors import BackupFailed, ConfigError
from stackctl.services.saving.base import Damaged
from stackctl.services.saving.registry import saver_for
from stackctl.workspace.events import note

if TYPE_CHECKING:
    from stackctl.backup.place import Place
    from stackctl.lifecycle.world import World
    from stackctl.secrets.age import Identity

KEPT_CHECKS = 20


@dataclass(frozen=True)
class Checking:
    """How to check: where the sets are, how deep (also `stored`: the digest alone), and the keys for sealed ones."""

    world: World
    place: Place
    level: str
    identities: Sequence[Identity] = ()


def verify(checking: Checking, set_id: str) -> Manifest:
    """Check a set and note the result. Raises BackupFailed, naming the file that is damaged."""
    with _noting(checking, set_id):
        manifest = checking.place.manifest(set_id)
        for payload in manifest.payloads:
            check(checking, manifest, payload)
            if checking.level == "restore":
                from stackctl.backup.trial import try_restore

                try_restore(checking, manifest, payload)
    note_check(checking, set_id, manifest)
    return manifest


def make_sure(checking: Checking, set_id: str, services: Collection[str]) -> None:
    """Check what a restore of these services (none: all) will read, to the last byte. Raises as `verify` does.

    A set that passed a check of its content needs no second one as long as its stored bytes are the same: what they
    unpack to cannot change. Sealed ones are opened all the same: the key may be another.
    """
    manifest = checking.place.manifest(set_id)
    payloads = [payload for payload in manifest.payloads if not services or payload.service in services]
    known = not manifest.encrypted and _passed(checking.place.notes(set_id), manifest)
    if not known and len(payloads) == len(manifest.payloads):
        verify(checking, set_id)
        return
    checking = replace(checking, level="stored" if known else checking.level)
    with _noting(checking, set_id):
        for payload in payloads:
            check(checking, manifest, payload)


def _passed(notes: Mapping[str, Any], manifest: Manifest) -> bool:
    """Say whether this very manifest's set passed a check of its content, and no later check failed."""
    checks = notes.get("verified") or []
    after = itertools.takewhile(lambda check: check.get("ok"), reversed(checks))
    mark = _mark(manifest)
    return any(check.get("level") in ("full", "restore") and check.get("manifest") == mark for check in after)


def _mark(manifest: Manifest) -> str:
    return hashlib.sha256(to_bytes(manifest)).hexdigest()


@contextlib.contextmanager
def _noting(checking: Checking, set_id: str) -> Iterator[None]:
    try:
        yield
    except BackupFailed as error:
        if error.code not in ("no-key", "wrong-key", "image-missing"):  # says nothing about the set
            note_check(checking, set_id, why=error.message)
        raise


def note_check(checking: Checking, set_id: str, manifest: Manifest | None = None, why: str = "") -> None:
    """Keep the result of a check with the set: its manifest, or `why` it failed."""
    notes = checking.place.notes(set_id)
    at = checking.world.clock.now().isoformat(timespec="seconds")
    more = {"manifest": _mark(manifest)} if manifest else {"why": why}
    result = {"at": at, "level": checking.level, "ok": not why, **more}
    checks = [*(notes.get("verified") or []), result]
    try:
        checking.place.note(set_id, {**notes, "verified": checks[-KEPT_CHECKS:]})
    except ConfigError as error:  # a set on a medium that cannot be written to is as good as any
        checking.world.events(note(f"the result of the check is not kept: {error.message}"))


def check(checking: Checking, manifest: Manifest, payload: Payload) -> None:
    """Check one payload. Raises BackupFailed."""
    name = f"{payload.file} of {manifest.id}"
    with checking.place.open(manifest.id, payload.file) as source:
        size = source.seek(0, 2)
        if size != payload.stored.bytes:
            raise damaged(f"{name} has {size} bytes, not {payload.stored.bytes}", manifest.id)
        if checking.level == "quick":
            return
        source.seek(0)
        stored = Digesting(source)
        wrong = None if checking.level == "stored" else _wrong(checking, manifest, payload, stored)
        if stored.form() != payload.stored:  # says more than where in it that showed
            raise damaged(f"{name} was changed after it was written", manifest.id)
    if wrong:
        raise wrong


def _wrong(checking: Checking, manifest: Manifest, payload: Payload, stored: Digesting) -> BackupFailed | None:
    """Give what is wrong with the content, or why it cannot be opened; `stored` is read on beside it."""
    meter = Meter(checking.world, payload.service, payload.file, payload.plain.bytes)
    try:
        with checking.place.open(manifest.id, payload.file) as source:
            _walk(payload, _both(load(source, manifest.encrypted, checking.identities), stored), meter)
    except Damaged as error:
        return damaged(f"{payload.file} of {manifest.id}: {error}", manifest.id)
    except BackupFailed as error:
        return error
    return None


def _both(chunks: Iterator[bytes], stored: Digesting) -> Iterator[bytes]:
    for data in chunks:
        stored.step()
        yield data


def _walk(payload: Payload, chunks: Any, meter: Meter) -> None:
    walk = saver_for(payload.kind).walk()
    sha = hashlib.sha256()
    size = 0
    for data in chunks:
        walk.feed(data)
        sha.update(data)
        size += len(data)
        if size > payload.plain.bytes:
            raise Damaged("there is more in it than it says")  # a few bytes can unpack to any number
        meter(size)
    if Form(size, sha.hexdigest()) != payload.plain:
        raise Damaged("its content is not what was saved")
    proof = walk.end()
    recorded = {key: payload.proof.get(key) for key in proof.facts}
    if recorded != dict(proof.facts):
        raise Damaged("its end proof is another one than when it was saved")
