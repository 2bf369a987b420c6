"""Sending a payload into a helper that puts it beside the live data, and making sure that it was what was checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackctl.backup.helpers import failed, start
from stackctl.backup.stream import Digesting, load, unsealed
from stackctl.services.saving.base import Damaged

if TYPE_CHECKING:
    from stackctl.backup.helpers import Seat
    from stackctl.backup.manifest import Manifest, Payload
    from stackctl.backup.place import Place
    from stackctl.lifecycle.world import World
    from stackctl.secrets.age import Identity
    from stackctl.services.saving.base import Counts, Helper


@dataclass(frozen=True)
class Origin:
    """The set that payloads come from, and the keys that open it."""

    place: Place
    manifest: Manifest
    identities: Sequence[Identity] = field(default=(), repr=False)


def send(
    world: World, origin: Origin, payload: Payload, into: tuple[Helper, Seat], told: Callable[[int, bytes], None]
) -> bytes:
    """Send a payload into a helper and give what the helper printed.

    `told` gets the number of plain bytes so far and what is sent next.

    What was sent is known by the digest of what is stored, which is quicker to make than that of the content, and fixes
    it as well. Raises Damaged where it is not what was saved, BackupFailed where the helper fails.
    """
    helper, seat = into
    said = bytearray()
    with (
        origin.place.open(origin.manifest.id, payload.file) as file,
        start(world, helper, seat, more=True) as running,
    ):
        stored = Digesting(file)
        for data in (unsealed if helper.unpacks else load)(stored, origin.manifest.encrypted, origin.identities):
            running.pipe.write(data)
            told(min(payload.plain.bytes, payload.plain.bytes * stored.bytes // max(1, payload.stored.bytes)), data)
        if stored.form() != payload.stored:
            raise Damaged(f"{payload.file} changed while it was read")
        told(payload.plain.bytes, b"")
        running.pipe.end_input()
        while data := running.pipe.read():
            said += data
        code = running.wait()
        if code != 0:
            raise failed(payload.service, code, running.pipe.said())
    return bytes(said)


def check_staged(payload: Payload, said: bytes) -> Counts:
    """Give what a helper counted that staged files. Raises Damaged where that is not what was sent."""
    found = json.loads(said.splitlines()[-1])
    size, digest = found.get("bytes"), found.get("sha256")
    if "files" not in found and size is not None and size != payload.plain.bytes:
        raise Damaged(f"{payload.service}: {size} bytes were staged instead of {payload.plain.bytes}")
    if digest is not None and digest != payload.plain.sha256:
        raise Damaged(f"{payload.service}: what was staged is not what was saved")
    return {name: count for name, count in found.items() if name != "sha256"}
