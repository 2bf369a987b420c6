"""`stackctl restore --into NAME`: a scratch environment beside the live one, which nothing touches."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.cli.lock import hold
from stackctl.cli.restore import checked, meant
from stackctl.cli.start import carry_out, make_plan
from stackctl.errors import Misuse, Refused
from stackctl.ui.envelope import Result
from stackctl.ui.style import BOLD, DIM
from stackctl.ui.table import Cell, table
from stackctl.workspace.events import note
from stackctl.workspace.names import check_instance

if TYPE_CHECKING:
    from stackctl.backup.found import Found
    from stackctl.backup.restore_plan import RestoreRequest
    from stackctl.cli.session import Session
    from stackctl.lifecycle.plan import UpPlan
    from stackctl.lifecycle.world import World
    from stackctl.secrets.age import Identity
    from stackctl.workspace.target import Target


@dataclass(frozen=True)
class Scratch:
    """What was asked for: the name of the environment to make, what to restore, with which keys."""

    name: str
    request: RestoreRequest
    identities: Sequence[Path]
    lock_wait: float
    dry_run: bool


@dataclass(frozen=True)
class _Coming:
    """What is restored into it."""

    found: Found
    request: RestoreRequest
    keys: Sequence[Identity]


def restore_into(session: Session, world: World, live: Target, scratch: Scratch) -> Result:
    """Restore into the instance NAME of this environment, made for it. Raises Refused where there is one already."""
    from stackctl.backup.catalogue import place_of
    from stackctl.backup.scenes import model_of

    check_instance(scratch.name)
    wish = replace(session.wish, instance=scratch.name, project="")
    target, _none = replace(session, words=(), wish=wish).target()
    remove = f"stackctl instances remove {target.project}"
    model = model_of(world, live)
    known = list(model.services) if model else []
    found, services = meant(session, world, live, known, place_of(world, live.project, model))
    request = replace(scratch.request, services=services or tuple(found.manifest.services))
    steps = [
        f"start {', '.join(services) or 'everything'} as {target.project}, with volumes and ports of its own",
        f"restore {', '.join(request.services)} of {found.entry.id} into it",
        f"leave {live.title} alone",
    ]
    data = {"project": target.project, "set": found.entry.id, "services": list(request.services), "remove": remove}
    if scratch.dry_run:
        lines = [session.style(target.title, BOLD), *(f"  {n}. {step}" for n, step in enumerate(steps, 1))]
        return Result(data={**data, "steps": steps, "dry_run": True}, lines=lines)
    with hold(session, world, target.project, "restore", scratch.lock_wait):
        if world.engine.containers(target.project) or world.engine.volume_names(target.project):
            raise Refused(
                f"there is a {target.title} already ({target.project})",
                f"take another name, or remove it: {remove}",
                code="scratch-exists",
            )
        keys = checked(session, world, found, request.services, scratch.identities)
        _make(session, world, target, _Coming(found, request, keys), services)
    rows, addresses = _addresses(world, target)
    lines = [
        f"{session.style(target.title, BOLD)}: {', '.join(request.services)} restored from {found.entry.id}; "
        f"{live.title} was not touched",
        *table(("service", "address"), rows, session.style, session.width),
        session.style(f"→ remove it: {remove}", DIM),
    ]
    return Result(data={**data, "urls": addresses, "dry_run": False}, lines=lines)


def _make(session: Session, world: World, target: Target, coming: _Coming, services: tuple[str, ...]) -> None:
    from stackctl.instances.remove import apply_remove, plan_remove
    from stackctl.lifecycle.request import UpRequest

    request = UpRequest(services=services, scratch=True, auto_ports=True)
    plan = make_plan(world, target, request, session.environments())
    _check_apart(world, plan)
    try:
        carry_out(world, plan, world.clock.monotonic())
        _restore(world, target, coming)
    except BaseException:
        # Made here a moment ago, and for this alone: half of it is of no use to anybody.
        with suppress(Misuse):  # it has no seat yet: there is nothing of it
            for gone in plan_remove(world, target.project):
                apply_remove(world, gone)
        raise


def _restore(world: World, target: Target, coming: _Coming) -> None:
    from stackctl.backup.helpers import sweep
    from stackctl.backup.journal import Journal
    from stackctl.backup.restore import apply_restore
    from stackctl.backup.restore_plan import plan_restore
    from stackctl.backup.scenes import scene_of
    from stackctl.backup.seats import ensure_tools
    from stackctl.backup.space import check_room

    found = coming.found
    plan = plan_restore(world, scene_of(world, target), found.manifest, coming.request)
    check_room(world, plan)
    ensure_tools(world, target.root)
    sweep(world, target.project)
    apply_restore(world, found.place, Journal(world, target.project, {}), plan, coming.keys)


def _check_apart(world: World, plan: UpPlan) -> None:
    """Raise Refused where the scratch environment would work on the live one's data or names."""
    from stackctl.services.registry import driver_for
    from stackctl.stack.model import built_name

    stack, project = plan.scene.stack, plan.scene.target.project
    for volume in stack.volumes.values():
        if volume.external or not volume.name.startswith(project):
            raise _shared(f"the volume {volume.name} has a name of its own")
    for name in plan.selected:
        service = stack.services[name]
        if service.raw.get("container_name"):
            raise _shared(f"{name} has a container_name of its own")
        if service.raw.get("network_mode") == "host":
            raise _shared(f"{name} uses the network of the host")
        data = driver_for(built_name(stack, service), service.labels).data
        for mount in service.mounts:
            if mount.kind == "bind" and not mount.read_only:
                if mount.target.rstrip("/") in data:
                    raise _shared(f"{name} keeps its data in the folder {mount.source}")
                world.events(note(f"{name} may write to {mount.source}, as the live one does"))


def _shared(why: str) -> Refused:
    return Refused(
        f"a scratch environment would share it with the live one: {why}",
        "restore on another machine, or let the files name it after the project",
        code="not-apart",
    )


def _addresses(world: World, target: Target) -> tuple[list[list[Cell | str]], list[dict[str, str]]]:
    from stackctl.lifecycle.urls import urls

    found = urls(world, target.project)
    rows: list[list[Cell | str]] = [[item.service, Cell(item.url, ("cyan",))] for item in found]
    return rows, [{"service": item.service, "url": item.url} for item in found]
