"""Copying a set to another place, whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.backup.stream import CHUNK
from stackctl.backup.verify import Checking, check
from stackctl.errors import Misuse

if TYPE_CHECKING:
    from stackctl.backup.place import Place
    from stackctl.lifecycle.world import World


def copy_set(world: World, source: Place, target: Place, set_id: str) -> str:
    """Copy a set and compare every byte that arrived. Raises BackupFailed with nothing left behind, Misuse."""
    if set_id in target.ids():
        raise Misuse(f"the set {set_id} is there already", "name another folder with --to", code="set-exists")
    manifest = source.manifest(set_id)
    draft = target.begin(set_id)
    try:
        for payload in manifest.payloads:
            # Its own digest first: a copy of damage would look like a second good set.
            check(Checking(world, source, "stored"), manifest, payload)
            with source.open(set_id, payload.file) as stream, draft.data(payload.file) as sink:
                while data := stream.read(CHUNK):
                    sink.write(data)
        draft.publish(manifest)
    except BaseException:
        draft.drop()
        raise
    for payload in manifest.payloads:
        check(Checking(world, target, "stored"), manifest, payload)
    return set_id
