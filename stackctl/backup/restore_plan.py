"""What a restore would do, with every gate in front of it. Decides, changes nothing but a look at the live data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from stackctl.backup.gates import check_gates
from stackctl.backup.helpers import Seat, ask
from stackctl.backup.only import check_held
from stackctl.backup.own_login import check_users
from stackctl.backup.quiet import check_return, dependents_of, in_order
from stackctl.backup.replay import replay_step, writes_of
from stackctl.backup.seats import seat_of
from stackctl.backup.subjects import Item, Store, driver_of, stores_of
from stackctl.errors import BackupFailed, Misuse, Refused
from stackctl.services.saving.base import Subject
from stackctl.services.saving.registry import saver_for
from stackctl.workspace.names import unknown

if TYPE_CHECKING:
    from stackctl.backup.manifest import Manifest, Payload
    from stackctl.engine.values import Container
    from stackctl.lifecycle.scene import Scene
    from stackctl.lifecycle.world import World


@dataclass(frozen=True)
class RestoreRequest:
    """What the user asked for. `only` are databases or collections; `force` passes the version gate.

    `with_users`: the set's users and passwords, instead of those of the target. `oplog`: replay it where there is one.
    """

    services: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    force: bool = False
    with_users: bool = False
    oplog: bool = True


@dataclass(frozen=True)
class Part:
    """One payload and where it goes. `live` is what is counted there now, None where it cannot be.

    `replay`: its oplog is replayed first; `replayed` is the seat of the throw-away server where that is done.
    """

    payload: Payload
    item: Item
    subject: Subject
    seat: Seat = field(repr=False)
    live: Mapping[str, int] | None = None
    replay: bool = False
    replayed: Seat | None = field(default=None, repr=False)

    def lost(self) -> str:
        """Give what would be replaced, in one line."""
        now, then = _sum(self.live), _sum(self.wanted)
        if now is None:
            where = self.item.store.key or self.item.store.source if self.item.store else "its data"
            return f"{self.payload.service}: everything in {where}, for what was saved at {self.payload.ended[:19]}"
        return f"{self.payload.service}: {now} now, {then} in the set"

    @property
    def wanted(self) -> dict[str, int]:
        """Give the counts that must be there afterwards."""
        only = self.subject.only
        return {
            name: count
            for name, count in self.payload.counts.items()
            if not only or name in only or name.partition(".")[0] in only
        }


@dataclass(frozen=True)
class RestorePlan:
    """The whole restore: parts, the containers to stop (dependents first), those of the restored services."""

    scene: Scene
    manifest: Manifest
    parts: tuple[Part, ...]
    dependents: tuple[Container, ...]
    offline: tuple[Container, ...]
    warnings: tuple[str, ...] = ()
    with_users: bool = False

    @property
    def services(self) -> list[str]:
        """Give the restored services."""
        return list(dict.fromkeys(part.payload.service for part in self.parts))

    def steps(self, safety: bool) -> list[str]:
        """Give the plan as lines for people."""
        names = ", ".join(self.services)
        lines = [f"save {names} as they are now (safety copy, kept until you remove it)"] if safety else []
        lines += [replay_step(part.payload) for part in self.parts if part.replay]
        stopped = [container.service for container in (*self.dependents, *self.offline)]
        if stopped:
            lines.append(f"stop {', '.join(dict.fromkeys(stopped))}")
        lines.append(f"put {names} of {self.manifest.id} beside the live data and check it")
        lines.append("exchange them, start, wait until healthy, compare the counts")
        lines.append("keep it, or bring back what was there")
        if self.dependents:
            lines.append(f"start {', '.join(dict.fromkeys(item.service for item in reversed(self.dependents)))}")
        return lines


def plan_restore(world: World, scene: Scene, manifest: Manifest, request: RestoreRequest) -> RestorePlan:
    """Give the plan. Raises Misuse for wrong names, Refused at a gate, BackupFailed for data out of reach."""
    names = _services(scene, manifest, request)
    side = world.entropy.take(4).hex()
    warnings = [_elsewhere(scene, manifest)] if manifest.project != scene.target.project else []
    parts = []
    for name in names:
        for payload in manifest.of(name):
            part = _part(world, scene, payload, replace(_EMPTY, side=side, only=request.only))
            parts.append(replace(part, replay=request.oplog and bool(writes_of(payload))))
            if writes_of(payload) and not request.oplog:
                warnings.append(f"{name} without its oplog: what was written while it was saved may be in it or not")
            warnings += check_gates(world, parts[-1], force=request.force)
            check_users(parts[-1], request.with_users)
    offline = in_order(
        scene, [user for part in parts if not part.item.saver.online_restore for user in _running(scene, part)]
    )
    ids = {container.id for container in offline}
    kept = {part.item.container.id for part in parts if part.item.container}
    waiting = [item for item in dependents_of(scene, names) if item.id not in ids | kept]
    check_return(world, scene, (*waiting, *offline))
    return RestorePlan(
        scene, manifest, tuple(parts), tuple(waiting), offline, tuple(dict.fromkeys(warnings)), request.with_users
    )


_EMPTY = Subject("")


def _elsewhere(scene: Scene, manifest: Manifest) -> str:
    return f"the set was saved in {manifest.project}, this is {scene.target.project}"


def _services(scene: Scene, manifest: Manifest, request: RestoreRequest) -> list[str]:
    # A plain project is called as its folder is, on each machine another way: there the services must be the same.
    same = scene.target.plain and set(manifest.services) <= set(scene.stack.services)
    if manifest.stack != scene.target.stack and not same:
        raise Refused(
            f"the set {manifest.id} is of {manifest.stack}, this is {scene.target.stack}",
            "name another set (stackctl backups), or the stack with -s",
            code="other-stack",
        )
    for name in request.services:
        if name not in manifest.services:
            raise unknown("service", name, manifest.services)
    names = list(dict.fromkeys(request.services)) or manifest.services
    missing = [name for name in names if name not in scene.stack.services]
    if missing:
        raise Misuse(f"the model has no service {', '.join(missing)}", f"there is: {', '.join(scene.stack.services)}")
    if request.only and (len(names) != 1 or any(payload.kind != "mongodb" for payload in manifest.of(names[0]))):
        raise Misuse(
            "--only wants one MongoDB service", "write for example: stackctl restore mongodb --only shop.items"
        )
    if request.only:
        check_held(request.only, [name for payload in manifest.of(names[0]) for name in _arriving(payload)])
    return names


def _part(world: World, scene: Scene, payload: Payload, base: Subject) -> Part:
    service = scene.stack.services[payload.service]
    containers = scene.of(service.name)
    if not containers:
        raise BackupFailed(
            f"{service.name} has no container", f"start it first: stackctl up {service.name}", code="not-running"
        )
    saver = saver_for(payload.kind)
    running = [item for item in containers if item.state == "running"]
    if saver.online_restore and not running:
        raise BackupFailed(
            f"{service.name} does not run, and its data is restored through it",
            f"start it: stackctl restart {service.name}",
            code="not-running",
        )
    store = _store(stores_of(scene, service), payload)
    if not saver.online_restore and store is None:
        raise BackupFailed(f"{service.name} has no volume at {payload.store.get('target')}", "see: stackctl config")
    driver = driver_of(scene, service)
    item = Item(service.name, driver, saver, containers[0].image, (running or containers)[0], store, (), payload.file)
    if not running:  # nobody can be asked
        seat = Seat(
            scene.target.project, service.name, image=containers[0].image_id, store=store.source if store else ""
        )
        seat = replace(seat, container=containers[0].id)
        return Part(
            payload, item, replace(base, service=service.name, target=_target(store), state=payload.state), seat
        )
    seat = seat_of(world, scene.target.project, item) if saver.online else _plain(scene, item)
    state: dict[str, Any] = dict(payload.state)
    live = None
    subject = replace(base, service=service.name, target=_target(store))
    if saver.online:
        helper = saver.look(subject)
        seen = ask(world, helper, seat) or {} if helper else {}
        live = seen.pop("counts", None)  # who counts as it looks is not asked twice
        state |= {**seen, "before": [*seen.get("names", ()), *seen.get("views", ())], "arriving": _arriving(payload)}
        state["capped"] = payload.state.get("capped")  # what comes, not what is there
        counting = saver.count(subject) if live is None else None
        live = ask(world, counting, seat) if counting else live
    return Part(payload, item, replace(subject, state=state), seat, live)


def _plain(scene: Scene, item: Item) -> Seat:
    return Seat(
        scene.target.project,
        item.service,
        item.container.id if item.container else "",
        item.image,
        item.store.source if item.store else "",
    )


def _arriving(payload: Payload) -> list[str]:
    kinds = payload.proof.get("kinds")
    return sorted({*payload.counts, *(kinds if isinstance(kinds, dict) else ())})


def _store(stores: Sequence[Store], payload: Payload) -> Store | None:
    key, target = payload.store.get("key"), str(payload.store.get("target", ""))
    same_key = [store for store in stores if key and store.key == key]
    return next(iter([*same_key, *(store for store in stores if store.target == target)]), None)


def _target(store: Store | None) -> str:
    return store.target if store else ""


def _running(scene: Scene, part: Part) -> list[Container]:
    source = part.item.store.source if part.item.store else ""
    return [
        container
        for container in scene.containers
        if container.state in ("running", "restarting", "paused")
        and (container.service == part.payload.service or any(mount.source == source for mount in container.mounts))
    ]


def _sum(counts: Mapping[str, int] | None) -> str | None:
    if counts is None:
        return None
    if "keys" in counts:
        return f"{counts['keys']} keys"
    if any("." in name for name in counts) or not counts:
        return f"{sum(counts.values())} documents in {len(counts)} collections"
    return f"{counts.get('files', 0)} files"
