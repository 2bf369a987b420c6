"""Making a set: plan, then carry out. A set exists when every payload is proved and the manifest is published."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import stackctl
from stackctl.backup.catalogue import settings
from stackctl.backup.fingerprint import fingerprint
from stackctl.backup.helpers import failed, start
from stackctl.backup.manifest import Form, Manifest, Payload, Skipped
from stackctl.backup.progress import Meter
from stackctl.backup.quiet import Hush, check_return, dependents_of, hushed, in_order
from stackctl.backup.seats import ensure_tools, look, seat_of
from stackctl.backup.stream import store
from stackctl.backup.subjects import Item, items_of
from stackctl.errors import BackupFailed, ConfigError, StackctlError
from stackctl.secrets.age import check_recipient
from stackctl.services.saving.base import Damaged, Proof
from stackctl.workspace.events import Event

if TYPE_CHECKING:
    from stackctl.backup.journal import Journal
    from stackctl.backup.place import Draft, Place
    from stackctl.lifecycle.scene import Scene
    from stackctl.lifecycle.world import World

LOCAL_KIND = "stackctl.kind"
_RANK = {"point-in-time": 0, "quiesced": 1, "fuzzy": 2}


@dataclass(frozen=True)
class BackupRequest:
    """What the user asked for. `seal`: encrypt for the recipients of the settings where none are named."""

    services: tuple[str, ...] = ()
    quiesce: bool = False
    recipients: tuple[str, ...] = ()
    purpose: str = "backup"
    seal: bool = True


@dataclass(frozen=True)
class BackupPlan:
    """What will be saved, what is held still for it, what has nothing to save."""

    scene: Scene
    items: tuple[Item, ...]
    skipped: tuple[Skipped, ...]
    hush: Hush
    request: BackupRequest

    def steps(self) -> list[str]:
        """Give the plan as lines for people, each with its reason."""
        lines = []
        if self.hush.pause:
            lines.append(f"pause {', '.join(dict.fromkeys(c.service for c in self.hush.pause))}: they write")
        if self.hush.stop:
            names = ", ".join(dict.fromkeys(container.service for container in self.hush.stop))
            lines.append(f"stop {names}: files that are written to cannot be copied whole")
        for item in self.items:
            how = f"ask the server ({item.saver.tool})" if item.asks else f"copy its files from {_where(item)}"
            lines.append(f"save {item.service}: {item.why or how}")
        if self.hush.names:
            lines.append("bring back what ran before")
        lines += [f"leave {item.service} out: {item.reason}" for item in self.skipped]
        return lines


def plan_backup(world: World, scene: Scene, request: BackupRequest, envs: Sequence[str] = ()) -> BackupPlan:
    """Give the plan. Raises Misuse for wrong names and where nothing is to be saved."""
    volumes = _volumes(world, scene)
    usual = tuple(settings(scene.stack).get("recipients") or ()) if request.seal else ()
    request = replace(request, recipients=request.recipients or usual)
    items, skipped = items_of(scene, request.services, volumes, envs)
    if request.recipients:
        items = [replace(item, file=f"{item.file}.age") for item in items]
    names = list(dict.fromkeys(item.service for item in items))
    pause = dependents_of(scene, names) if request.quiesce else ()
    stop = [user for item in items if not item.asks and (request.quiesce or item.saver.stop) for user in item.users]
    stopped = in_order(scene, stop)
    check_return(world, scene, stopped)
    kept = {container.id for container in stopped} | {item.container.id for item in items if item.container}
    return BackupPlan(
        scene,
        tuple(items),
        tuple(skipped),
        Hush(tuple(container for container in pause if container.id not in kept), stopped),
        request,
    )


def make_set(world: World, place: Place, journal: Journal, plan: BackupPlan) -> Manifest:
    """Make the set. Raises BackupFailed, with nothing left behind; what was held still runs again."""
    target = plan.scene.target
    ensure_tools(world, target.root)
    began = world.clock.now()
    set_id = f"{began.astimezone(UTC):%Y-%m-%dT%H-%M-%S}-{world.entropy.take(2).hex()}"
    for recipient in plan.request.recipients:
        check_recipient(recipient)
    journal.write(operation="backup", set=set_id, place=place.address)
    draft = _begun(place, journal, set_id)
    try:
        with hushed(world, journal, plan.hush):
            payloads = [_payload(world, draft, plan, item) for item in plan.items]
        if not payloads:
            raise BackupFailed("there is nothing to save", code="nothing-to-save")
        manifest = _manifest(world, plan, set_id, began, payloads)
        draft.publish(manifest)
    except BaseException:
        draft.drop()
        raise
    finally:
        if not journal.holds:  # else the next command brings back what could not be brought back now
            journal.close()
    return manifest


def _begun(place: Place, journal: Journal, set_id: str) -> Draft:
    """Give the draft. Raises BackupFailed where the place cannot be written to; then nothing was begun."""
    try:
        return place.begin(set_id)
    except ConfigError as error:
        journal.close()
        raise BackupFailed(
            f"{error.message}; no set was made", f"{error.hint}, or set another place: x-stackctl.backup.dir"
        ) from error
    except BaseException:
        journal.close()
        raise


def _payload(world: World, draft: Draft, plan: BackupPlan, item: Item) -> Payload:
    started = world.clock.now()
    try:
        return _save(world, draft, plan, item, started)
    except Damaged as error:
        raise BackupFailed(f"{item.service}: {error}; no set was made", "try again; see: stackctl status") from error
    except OSError as error:
        raise BackupFailed(
            f"{item.service}: {item.file} cannot be written: {error.strerror}",
            "free space there, or set another place: x-stackctl.backup.dir",
            code="disk-full" if error.errno == 28 else "",
        ) from error
    except StackctlError as error:
        error.message = f"{error.message}; no set was made" if isinstance(error, BackupFailed) else error.message
        raise


def _save(world: World, draft: Draft, plan: BackupPlan, item: Item, started: datetime) -> Payload:
    project = plan.scene.target.project
    live = any(user.id not in {stopped.id for stopped in plan.hush.stop} for user in item.users)
    seat = seat_of(world, project, item)
    subject = replace(look(world, item, seat, live=live), quiet=plan.request.quiesce)
    meter = Meter(world, item.service, item.file)
    with start(world, item.saver.dump(subject), seat) as running, draft.data(item.file) as sink:
        walk = item.saver.walk()
        try:
            stored = store(running.pipe.read, sink, walk, plan.request.recipients, meter)
        except Damaged as error:
            code = running.wait()
            if code != 0:  # the producer's own reason says more than what it left
                raise failed(item.service, code, running.pipe.said()) from error
            raise
        code = running.wait()
        said = running.pipe.said()
        if code != 0:
            raise failed(item.service, code, said)
    proof = replace(stored.proof, facts={**stored.proof.facts, "stream_bytes": stored.plain.bytes})
    wrong = item.saver.judge(subject, proof, said)
    if wrong:
        raise Damaged("; ".join(wrong))
    _same_container(world, project, item)
    ended = world.clock.now()
    world.events(Event("data", meter.summary(stored.stored.bytes), item.service, "done", meter.seconds))
    # A server that is asked runs, and has its own store open: whether it is quiet is up to those that write to it.
    quiet = plan.request.quiesce if item.asks else not live
    facts = _Facts(started, ended, "stackctl-changed" in said, quiet)
    return _described(world, item, facts, _Written(stored.plain, stored.stored, proof, said, subject.state))


@dataclass(frozen=True)
class _Facts:
    started: datetime
    ended: datetime
    changed: bool
    quiet: bool


@dataclass(frozen=True)
class _Written:
    plain: Form
    stored: Form
    proof: Proof
    said: str
    state: Mapping[str, object]


def _described(world: World, item: Item, facts: _Facts, written: _Written) -> Payload:
    proof = written.proof
    counts = item.saver.counts(proof, written.said) if hasattr(item.saver, "counts") else proof.counts
    image = world.engine.images([item.container.image_id if item.container else item.image])
    found = next(iter(image.values()), None)
    store_facts = (
        {"volume": item.store.source, "key": item.store.key, "target": item.store.target} if item.store else {}
    )
    kind = (found.labels.get(LOCAL_KIND) or "registry") if found else ""
    return Payload(
        service=item.service,
        driver=item.driver.name,
        kind=item.saver.kind,
        file=item.file,
        image=item.image,
        image_id=found.id if found else "",
        image_kind=kind,
        version=str(written.state.get("version") or ""),
        tool=str(proof.facts.get("tool_version") or item.saver.tool),
        consistency=item.saver.consistency(proof, quiet=facts.quiet and not facts.changed),
        started=facts.started.isoformat(timespec="milliseconds"),
        ended=facts.ended.isoformat(timespec="milliseconds"),
        plain=written.plain,
        stored=written.stored,
        counts=counts,
        proof=proof.facts,
        state={key: value for key, value in written.state.items() if key not in ("names", "views", "counts")},
        store=store_facts,
        exit_codes={"producer": 0},
        fingerprint=fingerprint(world, item.driver, item.container),
        users=item.saver.users(local=kind == "local"),
    )


def _manifest(world: World, plan: BackupPlan, set_id: str, began: datetime, payloads: Sequence[Payload]) -> Manifest:
    target = plan.scene.target
    times = [payload.started for payload in payloads] + [payload.ended for payload in payloads]
    skew = (datetime.fromisoformat(max(times)) - datetime.fromisoformat(min(times))).total_seconds()
    return Manifest(
        id=set_id,
        project=target.project,
        stack=target.stack,
        environment=target.env.value,
        model_sha256=_model_digest(plan.scene),
        created=began.isoformat(timespec="seconds"),
        stackctl=stackctl.__version__,
        engine=world.engine.run(("version", "--format", "{{.Server.Version}}")).out.strip(),
        consistency=max((payload.consistency for payload in payloads), key=lambda word: _RANK[word]),
        skew_seconds=round(skew, 3),
        encrypted=bool(plan.request.recipients),
        payloads=tuple(payloads),
        skipped=plan.skipped,
        purpose=plan.request.purpose,
    )


def _model_digest(scene: Scene) -> str:
    import hashlib

    services = {
        name: {key: value for key, value in (raw or {}).items() if key != "environment"}  # passwords stand there
        for name, raw in (scene.stack.raw.get("services") or {}).items()
    }
    return hashlib.sha256(json.dumps(services, sort_keys=True, default=str).encode()).hexdigest()


def _same_container(world: World, project: str, item: Item) -> None:
    """Raise where the server that was asked was restarted meanwhile: what came before and after is not one moment."""
    if not item.asks or item.container is None:
        return
    now = next((found for found in world.engine.containers(project) if found.id == item.container.id), None)
    if now is None or now.state != "running" or now.started != item.container.started:
        raise Damaged("its container was restarted or ended while it was saved")


def _volumes(world: World, scene: Scene) -> list[str]:
    named = [definition.name for definition in scene.stack.volumes.values()]
    outcome = world.engine.run(("volume", "ls", "--quiet"))
    there = set(outcome.out.split())
    return [name for name in named if name in there]


def _where(item: Item) -> str:
    return f"the volume {item.store.key or item.store.source}" if item.store else "nowhere"
