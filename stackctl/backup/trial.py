"""The third check: a set restored into throw-away containers without any network, compared and counted there.

A digest says that nothing changed, only a restore says that it can be read. The image is the recorded one; the scratch
volume and the scratch server are labelled as helpers, so that a killed run's are found and removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.backup.helpers import Seat, ask, failed, start
from stackctl.backup.replay import replaying, writes_of
from stackctl.backup.scratch import answer_of, recorded_image, scratch_server, scratch_volume
from stackctl.backup.staging import Origin, check_staged, send
from stackctl.errors import BackupFailed
from stackctl.services.saving.base import Damaged, Subject
from stackctl.services.saving.registry import saver_for
from stackctl.workspace.events import Event

if TYPE_CHECKING:
    from stackctl.backup.manifest import Manifest, Payload
    from stackctl.backup.verify import Checking
    from stackctl.lifecycle.world import World


def try_restore(checking: Checking, manifest: Manifest, payload: Payload) -> None:
    """Restore one payload for trial. Raises BackupFailed where it cannot be read, or content or counts differ."""
    image = _image(checking.world, payload)
    origin = Origin(checking.place, manifest, checking.identities)
    try:
        if writes_of(payload):
            seat = Seat(manifest.project, payload.service, image=image)
            with replaying(checking.world, origin, payload, seat):
                pass
        else:
            _try(checking.world, origin, payload, image)
    except Damaged as error:
        _compare([str(error)], payload)


def _try(world: World, origin: Origin, payload: Payload, image: str) -> None:
    saver = saver_for(payload.kind)
    side = world.entropy.take(4).hex()
    target = str(payload.store.get("target") or "/data")
    # Found again as it was saved, but in a store of its own where the whole volume is the server's folder; and in the
    # order in which it was saved, which several workers would not keep.
    state = {key: value for key, value in payload.state.items() if key not in ("dir", "capped")}
    subject = Subject(payload.service, target, state=state, side=side)
    began = world.clock.monotonic()
    project = origin.manifest.project
    with scratch_volume(world, project, side) as volume:
        seat = Seat(project, payload.service, image=image, store=volume, login=saver.login_line(""))
        if not saver.online_restore:
            _files(world, origin, payload, (subject, seat))
            ask(world, saver.swap(subject), seat)
        trial = saver.trial(subject, payload.image)
        if trial is not None:
            options = ["--user", "0:0"] if trial.root else []
            options += [word for key, value in trial.variables.items() for word in ("--env", f"{key}={value}")]
            with scratch_server(world, seat, target, options, trial.words) as container:
                there = replace(seat, container=container)
                answer_of(world, trial.ready, there)
                wrong = _content(world, origin, payload, (subject, there)) if saver.online_restore else []
                _compare([*wrong, *saver.differences(payload.counts, ask(world, trial.count, there))], payload)
    elapsed = world.clock.monotonic() - began
    how = "a server has it, content and counts are right" if trial else "its files are all there, with their content"
    world.events(Event("data", f"restored for trial, {how}", payload.service, "done", elapsed))


def _image(world: World, payload: Payload) -> str:
    name = recorded_image(world, payload)
    if name:
        return name
    raise BackupFailed(
        f"{payload.service}: the image {payload.image} it was saved from is not here",
        f"fetch it: docker pull {payload.image}",
        code="image-missing",
    )


def _untold(_size: int, _data: bytes) -> None:
    """A trial says only how it ended."""


def _files(world: World, origin: Origin, payload: Payload, into: tuple[Subject, Seat]) -> None:
    """Put the files of a payload beside an empty store, and compare them there with the payload."""
    subject, seat = into
    saver = saver_for(payload.kind)
    found = check_staged(payload, send(world, origin, payload, (saver.stage(subject), seat), _untold))
    _compare(saver.differences(payload.counts, found), payload)
    again = saver.again(subject)
    if again is not None:
        send(world, origin, payload, (again, seat), _untold)


def _content(world: World, origin: Origin, payload: Payload, into: tuple[Subject, Seat]) -> list[str]:
    """Put a payload into an empty server, dump it from there, and give what is not the same."""
    subject, seat = into
    saver = saver_for(payload.kind)
    before, after = saver.walk(), saver.walk()
    send(world, origin, payload, (saver.stage(subject), seat), lambda _size, data: before.feed(data))
    ask(world, saver.swap(subject), seat)
    with start(world, saver.dump(Subject(payload.service)), seat) as running:
        while data := running.pipe.read():
            after.feed(data)
        code = running.wait()
        if code != 0:
            raise failed(payload.service, code, running.pipe.said())
    was, now = before.end().digests, after.end().digests
    return [f"{name} has another content" for name in payload.counts if was.get(name) != now.get(name)]


def _compare(wrong: Sequence[str], payload: Payload) -> None:
    if wrong:
        raise BackupFailed(f"{payload.file}, restored for trial: {'; '.join(wrong)}", "use another set", code="damaged")
