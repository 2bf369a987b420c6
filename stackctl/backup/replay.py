"""A set of a replica set: the oplog in it is replayed in a throw-away server, and what that has is put beside the live.

mongorestore replays an oplog only onto the names that stand in it, never onto those that a restore makes beside the
live ones. So the set goes whole into an empty server of its own image, without a network, and what is there after the
replay is dumped again, straight into the usual staging. All of the replay comes before the first change to live data.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stackctl.backup.helpers import Seat, ask, failed, start
from stackctl.backup.progress import Meter
from stackctl.backup.scratch import answer_of, recorded_image, scratch_server, scratch_volume
from stackctl.backup.staging import Origin, send
from stackctl.errors import BackupFailed
from stackctl.services.saving.base import Counts, Damaged, Helper, Proof, Subject
from stackctl.services.saving.registry import saver_for
from stackctl.workspace.events import Event

if TYPE_CHECKING:
    from stackctl.backup.journal import Journal
    from stackctl.backup.manifest import Payload
    from stackctl.backup.restore_plan import Part, RestorePlan
    from stackctl.lifecycle.world import World


def writes_of(payload: Payload) -> int:
    """Give how many writes a payload holds beside its data, to be replayed before it is put in place."""
    saver = saver_for(payload.kind)
    return int(saver.replays(payload.proof)) if hasattr(saver, "replays") else 0


def replay_step(payload: Payload) -> str:
    """Give the line of a plan that says so."""
    return f"replay the oplog of {payload.service} ({writes_of(payload)} entries) over the set in a throw-away server"


@dataclass(frozen=True)
class Replayed:
    """A throw-away server after the replay, and the documents of each of its collections."""

    seat: Seat
    counts: Counts


@contextlib.contextmanager
def replaying(world: World, origin: Origin, payload: Payload, seat: Seat) -> Iterator[Replayed]:
    """Replay a payload in a server of the seat's image, labelled as its project's, gone at the end of the block.

    Raises BackupFailed where that fails, Damaged where the counts afterwards are not those that the set allows.
    """
    saver = saver_for(payload.kind)
    target = str(payload.store.get("target") or "/data")
    subject = Subject(payload.service, target)
    began = world.clock.monotonic()
    with scratch_volume(world, seat.project, world.entropy.take(4).hex()) as volume:
        seat = replace(seat, store=volume, login=saver.login_line(""))
        trial = saver.trial(subject, payload.image)
        with scratch_server(world, seat, target, (), trial.words) as container:
            there = replace(seat, container=container)
            answer_of(world, trial.ready, there)
            _fill(world, origin, payload, (saver.replay(subject), there))
            found = saver.counts(Proof(ask(world, trial.count, there)), "")
            wrong = saver.replayed_wrong(payload.counts, payload.proof, found)
            if wrong:
                raise Damaged(f"{payload.service}: {'; '.join(wrong)}")
            text = f"its oplog is replayed in a throw-away server, {writes_of(payload)} entries"
            world.events(Event("data", text, payload.service, "done", world.clock.monotonic() - began))
            yield Replayed(there, found)


@contextlib.contextmanager
def replayed(world: World, origin: Origin, journal: Journal, plan: RestorePlan) -> Iterator[RestorePlan]:
    """Give the plan with what its parts are after the replay; the same plan where nothing is replayed.

    Raises BackupFailed with nothing changed. The journal says meanwhile that there is something to remove.
    """
    if not any(part.replay for part in plan.parts):
        yield plan
        return
    journal.write(operation="restore", phase="begun", parts=[])
    servers = contextlib.ExitStack()
    try:
        parts = tuple(_ready(world, origin, part, servers) if part.replay else part for part in plan.parts)
    except BaseException as error:
        servers.close()
        journal.close()
        if isinstance(error, (BackupFailed, Damaged)):
            why = error.message if isinstance(error, BackupFailed) else str(error)
            hint = error.hint if isinstance(error, BackupFailed) else _way_out(origin)
            code = error.code if isinstance(error, BackupFailed) else "replay-failed"
            raise BackupFailed(f"{why}; nothing was changed", hint, code=code) from error
        raise
    with servers:
        yield replace(plan, parts=parts)


def stage_replayed(world: World, part: Part) -> None:
    """Put what the throw-away server of a part has beside the live data.

    Raises BackupFailed, Damaged where it did not arrive whole.
    """
    payload, source = part.payload, part.replayed
    saver = saver_for(payload.kind)
    assert source is not None
    meter = Meter(world, payload.service, payload.file, payload.plain.bytes)
    walk = saver.walk()
    size = 0
    with (
        start(world, saver.dump(Subject(payload.service)), source) as dumping,
        start(world, saver.stage(part.subject), part.seat, more=True) as staging,
    ):
        while data := dumping.pipe.read():
            walk.feed(data)
            staging.pipe.write(data)
            size += len(data)
            meter(size)
        code = dumping.wait()
        if code != 0:
            raise failed(payload.service, code, dumping.pipe.said())
        proof = walk.end()
        if saver.counts(proof, "") != payload.counts:
            raise Damaged(f"{payload.service}: what was dumped after the replay is not what was counted there")
        staging.pipe.end_input()
        while staging.pipe.read():
            pass
        code = staging.wait()
        if code != 0:
            raise failed(payload.service, code, staging.pipe.said())
    world.events(Event("data", meter.summary(payload.stored.bytes), payload.service, "done", meter.seconds))


def _ready(world: World, origin: Origin, part: Part, servers: contextlib.ExitStack) -> Part:
    """Give the part as it is after the replay: other counts, and maybe other collections."""
    payload = part.payload
    # A set from another machine: the image that runs here has passed the gate of versions.
    image = recorded_image(world, payload) or part.seat.image
    seat = Seat(part.seat.project, payload.service, image=image)
    done = servers.enter_context(replaying(world, origin, payload, seat))
    seen = ask(world, saver_for(payload.kind).look(Subject(payload.service)), done.seat)
    arriving = sorted({*done.counts, *seen["names"], *seen["views"]})
    return replace(
        part,
        payload=replace(payload, counts=dict(done.counts)),
        subject=replace(part.subject, state={**part.subject.state, "arriving": arriving}),
        replayed=done.seat,
    )


def _fill(world: World, origin: Origin, payload: Payload, into: tuple[Helper, Seat]) -> None:
    meter = Meter(world, payload.service, payload.file, payload.plain.bytes)
    try:
        send(world, origin, payload, into, lambda size, _data: meter(size))
    except BackupFailed as error:
        if error.code != BackupFailed.default_code:  # a full disk, a wrong key: nothing that the oplog has a part in
            raise
        raise BackupFailed(
            f"the oplog could not be replayed: {error.message}", _way_out(origin), code="replay-failed"
        ) from error


def _way_out(origin: Origin) -> str:
    # By its name: the check that found this out has failed, and a restore that names no set takes one that passed.
    return f"what was read can be restored without the oplog: stackctl restore {origin.manifest.id} --without-oplog"
