"""The third check: a set restored into throw-away containers without any network, and counted there.

A digest says that nothing changed, only a restore says that it can be read. The image is the recorded one; the scratch
volume and the scratch server are labelled as helpers, so that a killed run's are found and removed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.backup.helpers import Seat, ask
from stackctl.backup.replay import replaying, writes_of
from stackctl.backup.scratch import answer_of, recorded_image, scratch_server, scratch_volume
from stackctl.backup.staging import Origin, send
from stackctl.errors import BackupFailed
from stackctl.services.saving.base import Counts, Damaged, Subject
from stackctl.services.saving.registry import saver_for
from stackctl.workspace.events import Event

if TYPE_CHECKING:
    from stackctl.backup.manifest import Manifest, Payload
    from stackctl.backup.verify import Checking
    from stackctl.lifecycle.world import World


def try_restore(checking: Checking, manifest: Manifest, payload: Payload) -> None:
    """Restore one payload for trial. Raises BackupFailed where it cannot be read or the counts differ."""
    world = checking.world
    saver = saver_for(payload.kind)
    image = _image(world, payload)
    if writes_of(payload):
        _try_replay(checking, manifest, payload, image)
        return
    side = world.entropy.take(4).hex()
    target = str(payload.store.get("target") or "/data")
    # Found again as it was saved, but in a store of its own where the whole volume is the server's folder.
    state = {key: value for key, value in payload.state.items() if key != "dir"}
    subject = Subject(payload.service, target, state=state, side=side)
    began = world.clock.monotonic()
    with scratch_volume(world, manifest.project, side) as volume:
        seat = Seat(manifest.project, payload.service, image=image, store=volume, login=saver.login_line(""))
        if not saver.online_restore:
            found = _stage(checking, manifest, payload, (subject, seat))
            _compare(saver.differences(payload.counts, found), payload)
            ask(world, saver.swap(subject), seat)
        trial = saver.trial(subject, payload.image)
        if trial is not None:
            options = ["--user", "0:0"] if trial.root else []
            options += [word for key, value in trial.variables.items() for word in ("--env", f"{key}={value}")]
            with scratch_server(world, seat, target, options, trial.words) as container:
                there = replace(seat, container=container)
                answer_of(world, trial.ready, there)
                if saver.online_restore:
                    _stage(checking, manifest, payload, (subject, there))
                _compare(saver.differences(payload.counts, ask(world, trial.count, there)), payload)
    elapsed = world.clock.monotonic() - began
    how = "a server has it, the counts are right" if trial else "its files are all there"
    world.events(Event("data", f"restored for trial, {how}", payload.service, "done", elapsed))


def _try_replay(checking: Checking, manifest: Manifest, payload: Payload, image: str) -> None:
    origin = Origin(checking.place, manifest, checking.identities)
    try:
        with replaying(checking.world, origin, payload, Seat(manifest.project, payload.service, image=image)):
            pass
    except Damaged as error:
        _compare([str(error)], payload)


def _image(world: World, payload: Payload) -> str:
    name = recorded_image(world, payload)
    if name:
        return name
    raise BackupFailed(
        f"{payload.service}: the image {payload.image} it was saved from is not here",
        f"fetch it: docker pull {payload.image}",
        code="image-missing",
    )


def _stage(checking: Checking, manifest: Manifest, payload: Payload, into: tuple[Subject, Seat]) -> Counts:
    subject, seat = into
    saver = saver_for(payload.kind)
    origin = Origin(checking.place, manifest, checking.identities)
    said = send(checking.world, origin, payload, (saver.stage(subject), seat), lambda _size: None)
    found: Counts = {} if saver.online_restore else json.loads(said.splitlines()[-1])
    return found


def _compare(wrong: Sequence[str], payload: Payload) -> None:
    if wrong:
        raise BackupFailed(f"{payload.file}, restored for trial: {'; '.join(wrong)}", "use another set", code="damaged")
