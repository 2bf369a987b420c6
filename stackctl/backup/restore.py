"""Carrying a restore out: beside, exchange, start, look, keep; or everything as it was.

Each step stands in the journal before it is taken.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from stackctl.backup.helpers import ask
from stackctl.backup.own_login import enter, given, set_again
from stackctl.backup.progress import Meter
from stackctl.backup.quiet import act, bring_back
from stackctl.backup.records import add_record, record_from
from stackctl.backup.replay import replayed, stage_replayed
from stackctl.backup.seats import seat_of
from stackctl.backup.staging import Origin, check_staged, send
from stackctl.errors import BackupFailed, StackctlError
from stackctl.health.wait import Watch, patience, wait_until_settled
from stackctl.lifecycle.credentials import record_known
from stackctl.lifecycle.failure import raise_unless_standing
from stackctl.services.saving.base import Damaged
from stackctl.workspace.events import Event, note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackctl.backup.journal import Journal
    from stackctl.backup.place import Place
    from stackctl.backup.restore_plan import Part, RestorePlan
    from stackctl.lifecycle.world import World
    from stackctl.secrets.age import Identity


def apply_restore(
    world: World, place: Place, journal: Journal, plan: RestorePlan, identities: Sequence[Identity]
) -> None:
    """Carry the plan out.

    Raises BackupFailed with the live data as it was; where even that fails the journal stays for the next command.
    """
    origin = Origin(place, plan.manifest, identities)
    with replayed(world, origin, journal, plan) as ready:
        _apply(world, origin, journal, ready)


def _apply(world: World, origin: Origin, journal: Journal, plan: RestorePlan) -> None:
    journal.write(
        operation="restore",
        phase="begun",
        set=plan.manifest.id,
        parts=[part_facts(part) for part in plan.parts],
        stopped=[container.id for container in (*plan.dependents, *plan.offline)],
        services=[container.id for container in plan.offline],
    )
    try:
        logins = _exchange(world, journal, plan, origin)
    except BaseException as error:
        world.events(note("bringing back what was there"))
        undo(world, journal, [(part.item.saver, part.subject, part.seat) for part in plan.parts])
        if isinstance(error, Damaged):
            raise BackupFailed(f"{error}; everything is as it was", "use another set: stackctl backups") from error
        if isinstance(error, BackupFailed):
            raise
        if isinstance(error, StackctlError):
            raise BackupFailed(f"{error.message}; everything is as it was", error.hint) from error
        raise
    journal.write(phase="commit")
    finish(world, journal, [(part.item.saver, part.subject, part.seat) for part in plan.parts])
    record_known(world, plan.scene, logins)  # else the next start would refuse the very login that was just set
    try:
        _healthy(world, plan, list(dict.fromkeys(item.service for item in plan.dependents)))
    except StackctlError as error:  # the data is restored and well; who uses it has a trouble of its own
        world.events(note(f"restored, but {error.message}"))


def _exchange(world: World, journal: Journal, plan: RestorePlan, origin: Origin) -> dict[str, dict[str, str]]:
    """Give what the services whose logins were set are given, by service and variable."""
    for container in (*plan.dependents, *plan.offline):
        act(world, "stop", container.id)
    for part in plan.parts:
        _stage(world, origin, part)
    journal.write(phase="swap")
    for part in plan.parts:
        _tell(world, part, "exchanging")
        ask(world, part.item.saver.swap(part.subject), part.seat)
    own = [part for part in plan.parts if not plan.with_users and set_again(world, part)]
    for container in reversed(plan.offline):
        act(world, "start", container.id)
    for part in plan.parts:
        if part.item.container and part.item.container.id not in {item.id for item in plan.offline}:
            act(world, "start", part.item.container.id)  # one that runs is left alone
    _healthy(world, plan, plan.services)
    for part in own:
        enter(world, part)
    for part in plan.parts:
        _same_counts(world, plan, part)
    return {part.payload.service: given(world, part) for part in own}


def finish(world: World, journal: Journal, parts: Sequence[tuple[Any, Any, Any]]) -> None:
    """Remove what was put aside, start what ran, remember the restore. Raises BackupFailed, and the journal stays."""
    for saver, subject, seat in parts:
        ask(world, saver.commit(subject), seat)
    bring_back(world, journal)
    if journal.facts.get("record"):  # before it is forgotten: `undo` must not mean an older one
        add_record(world, journal.project, record_from(journal.facts["record"]))
    journal.close()


def undo(world: World, journal: Journal, parts: Sequence[tuple[Any, Any, Any]]) -> None:
    """Bring back what was there, however far it got; start what ran. Raises BackupFailed, and the journal stays."""
    for container in journal.facts.get("services") or []:
        if world.engine.inspect([container]):  # somebody may have removed it since
            act(world, "stop", container)
    for saver, _subject, seat in parts:
        if not saver.online_restore:
            _stop_users(world, journal, seat.store)
    exchanging = journal.facts.get("phase") != "begun"
    for saver, subject, seat in parts:
        ask(world, saver.undo(replace(subject, exchanging=exchanging)), seat)
    bring_back(world, journal)
    journal.close()


def _stop_users(world: World, journal: Journal, store: str) -> None:
    """Stop whatever has a store open by now, such as a container that somebody started since; it is brought back."""
    words = ("ps", "--quiet", "--no-trunc", "--filter", f"volume={store}", "--filter", "status=running")
    for container in world.engine.run(words).out.split():
        known = journal.facts.get("stopped") or []
        if container not in known:
            journal.write(stopped=[*known, container])
        act(world, "stop", container)


def part_facts(part: Part) -> dict[str, Any]:
    """Give what the journal must know to undo or finish a part without the model: no password is in it."""
    return {
        "kind": part.payload.kind,
        "subject": asdict(part.subject),
        "container": part.seat.container,
        "image": part.seat.image,
        "store": part.seat.store,
    }


def _stage(world: World, origin: Origin, part: Part) -> None:
    if part.replayed:
        stage_replayed(world, part)
        return
    payload = part.payload
    meter = Meter(world, payload.service, payload.file, payload.plain.bytes)
    said = send(
        world, origin, payload, (part.item.saver.stage(part.subject), part.seat), lambda size, _data: meter(size)
    )
    if not part.item.saver.online_restore:  # else its tool has counted, and the server is asked once it is in place
        wrong = part.item.saver.differences(part.wanted, check_staged(payload, said))
        if wrong:
            raise Damaged(f"{payload.service}, staged: {'; '.join(wrong)}")
    world.events(Event("data", meter.summary(payload.stored.bytes), payload.service, "done", meter.seconds))


def _healthy(world: World, plan: RestorePlan, services: Sequence[str]) -> None:
    if not services:
        return
    watch = Watch(plan.scene.stack, services, patience(plan.scene.stack, services))
    waited = wait_until_settled(world.engine, world.clock, world.events, watch)
    raise_unless_standing(world, plan.scene.target, waited, services)


def _same_counts(world: World, plan: RestorePlan, part: Part) -> None:
    counting = part.item.saver.count(part.subject)
    if counting is None:
        return
    # With the login that the service has now: the target keeps its own, and that it works is part of being well.
    found = ask(world, counting, seat_of(world, plan.scene.target.project, part.item))
    wrong = part.item.saver.differences(part.wanted, found)
    if wrong:
        raise Damaged(f"{part.payload.service}, after the start: {'; '.join(wrong)}")


def _tell(world: World, part: Part, what: str) -> None:
    world.events(Event("phase", what, part.payload.service, "running"))
