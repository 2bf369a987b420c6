"""The third check: a set restored into throw-away containers without any network, and counted there.

A digest says that nothing changed, only a restore says that it can be read. The image is the recorded one; the scratch
volume and the scratch server are labelled as helpers, so that a killed run's are found and removed.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from stackctl.backup.helpers import NO_SERVICE, Seat, ask, failed, start
from stackctl.backup.stream import load
from stackctl.engine.helper import LABEL
from stackctl.errors import BackupFailed
from stackctl.services.saving.base import Counts, Subject
from stackctl.services.saving.registry import saver_for
from stackctl.workspace.events import Event

if TYPE_CHECKING:
    from stackctl.backup.manifest import Manifest, Payload
    from stackctl.backup.verify import Checking
    from stackctl.lifecycle.world import World

TRIES = 120


def try_restore(checking: Checking, manifest: Manifest, payload: Payload) -> None:
    """Restore one payload for trial. Raises BackupFailed where it cannot be read or the counts differ."""
    world = checking.world
    saver = saver_for(payload.kind)
    image = _image(world, payload)
    side = world.entropy.take(4).hex()
    target = str(payload.store.get("target") or "/data")
    # Found again as it was saved, but in a store of its own where the whole volume is the server's folder.
    state = {key: value for key, value in payload.state.items() if key != "dir"}
    subject = Subject(payload.service, target, state=state, side=side)
    began = world.clock.monotonic()
    with _scratch_volume(world, manifest.project, side) as volume:
        seat = Seat(manifest.project, payload.service, image=image, store=volume, login=saver.login_line(""))
        if not saver.online_restore:
            found = _stage(checking, manifest, payload, (subject, seat))
            _compare(saver.differences(payload.counts, found), payload)
            ask(world, saver.swap(subject), seat)
        words = saver.trial(target)
        if words is not None:
            with _server(world, seat, target, words) as container:
                there = Seat(seat.project, seat.service, container, image, volume, login=seat.login)
                _wait(world, saver.look(subject), there)
                if saver.online_restore:
                    _stage(checking, manifest, payload, (subject, there))
                counting = saver.count(subject if saver.online_restore else Subject(payload.service))
                _compare(saver.differences(payload.counts, ask(world, counting, there)), payload)
    elapsed = world.clock.monotonic() - began
    world.events(Event("data", "restored for trial, the counts are right", payload.service, "done", elapsed))


def _image(world: World, payload: Payload) -> str:
    for name in (payload.image_id, payload.image):
        if name and world.engine.images([name]):
            return name
    raise BackupFailed(
        f"{payload.service}: the image {payload.image} it was saved from is not here",
        f"fetch it: docker pull {payload.image}",
        code="image-missing",
    )


def _stage(checking: Checking, manifest: Manifest, payload: Payload, into: tuple[Subject, Seat]) -> Counts:
    subject, seat = into
    saver = saver_for(payload.kind)
    said = bytearray()
    with (
        checking.place.open(manifest.id, payload.file) as source,
        start(checking.world, saver.stage(subject), seat, more=True) as running,
    ):
        for data in load(source, manifest.encrypted, checking.identities):
            running.pipe.write(data)
        running.pipe.end_input()
        while data := running.pipe.read():
            said += data
        code = running.wait()
        if code != 0:
            raise failed(payload.service, code, running.pipe.said())
    found: Counts = {} if saver.online_restore else json.loads(said.splitlines()[-1])
    return found


def _compare(wrong: Sequence[str], payload: Payload) -> None:
    if wrong:
        raise BackupFailed(f"{payload.file}, restored for trial: {'; '.join(wrong)}", "use another set", code="damaged")


@contextlib.contextmanager
def _scratch_volume(world: World, project: str, side: str) -> Iterator[str]:
    name = f"stackctl-trial-{project}-{side}"
    outcome = world.engine.run(("volume", "create", "--label", f"{LABEL}={project}", name))
    if outcome.code != 0:
        raise BackupFailed(f"no scratch volume could be made: {outcome.err.strip()}", "see: stackctl doctor")
    try:
        yield name
    finally:
        world.engine.run(("volume", "rm", "--force", name))


@contextlib.contextmanager
def _server(world: World, seat: Seat, target: str, words: Sequence[str]) -> Iterator[str]:
    name = f"{seat.store}-server"
    options = (
        "--network",
        "none",
        "--label",
        f"{LABEL}={seat.project}",
        *NO_SERVICE,
        "--volume",
        f"{seat.store}:{target}",
    )
    outcome = world.engine.run(("run", "--detach", "--name", name, "--pull", "never", *options, seat.image, *words))
    try:
        if outcome.code != 0:
            raise BackupFailed(f"{seat.service} did not start for trial: {outcome.err.strip()}", "see: stackctl doctor")
        yield outcome.out.split()[-1]
    finally:
        world.engine.run(("rm", "--force", "--volumes", name))


def _wait(world: World, helper: object, seat: Seat) -> None:
    for attempt in range(TRIES):
        try:
            ask(world, helper, seat)  # type: ignore[arg-type]
        except BackupFailed:
            if attempt == TRIES - 1:
                raise
            world.clock.sleep(0.5)
        else:
            return
