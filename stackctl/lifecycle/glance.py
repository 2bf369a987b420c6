"""Seeing at a glance that nothing has changed: no file was touched, the same containers run, their images are the same.

The full comparison asks Compose for the model and loads half of this program. Most calls of `up` find everything as
the last one left it, and that can be told from file stamps and two looks at the engine. Whatever differs, or cannot be
told, leads to the full comparison: this decides "unchanged" or nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from stackctl.errors import Finding
from stackctl.health.judge import MOST_STABLE_SECONDS, judge
from stackctl.lifecycle.begin import digest_of
from stackctl.lifecycle.outcome import ServiceRow, UpResult
from stackctl.lifecycle.stamps import touched, trees_of, words_and_stamps
from stackctl.services.addresses import addresses
from stackctl.workspace.home import project_home

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.lifecycle.plan import UpPlan
    from stackctl.lifecycle.request import UpRequest
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target

SCHEMA = 4


class Glance(NamedTuple):
    """The result of an `up` with nothing to do, None where that is not sure; and the containers, where looked at."""

    result: UpResult | None
    containers: Sequence[Container] | None = None


def glance(world: World, target: Target, request: UpRequest, began: float) -> Glance:
    """Look whether there is nothing to do; `began` is the monotonic time at which the command started."""
    from concurrent.futures import ThreadPoolExecutor

    record = _load(world, target.project)
    if record is None or request.forces or request.reset_ports or request.accept_credentials:
        return Glance(None)
    with ThreadPoolExecutor(2) as pool:
        looking = pool.submit(world.engine.containers, target.project)
        found = pool.submit(world.engine.images, record["images"])
        same = record["digest"] == _digest(world, target, request, *words_and_stamps(target, record["trees"]))
        containers, images = looking.result(), found.result()
    if not same or {name: image.id for name, image in images.items()} != record["images"]:
        return Glance(None, containers)
    rows = _rows(world, record["services"], containers)
    if rows is None:
        return Glance(None, containers)
    findings = tuple(Finding(**item) for item in record["findings"])
    seconds = world.clock.monotonic() - began
    result = UpResult(target.title, target.project, rows, unchanged=True, seconds=seconds, findings=findings)
    return Glance(result, containers)


def remember(world: World, plan: UpPlan) -> None:
    """Keep what `glance` compares, after a start that ended well.

    Nothing is kept when a file was touched while it started, or when a build was left out on purpose: the next start
    has to compare.
    """
    target, trees = plan.asked, trees_of(plan)
    words, now = words_and_stamps(target, trees)
    if now is None or plan.request.build is False or touched(plan.stamps or {}, now):
        world.files.remove(_path(world, target.project))
        return
    stack, present = plan.scene.stack, plan.images.present
    images = {item.used: present[item.used].id for item in plan.images.choices if item.used in present}
    services = {
        name: {
            "runs": _runs(plan.scene.of(name)),
            "job": stack.job(name),
            "replicas": stack.services[name].replicas,
        }
        for name in plan.selected
    }
    record = {
        "schema": SCHEMA,
        "digest": _digest(world, target, plan.request, words, now),
        "trees": trees,
        "images": images,
        "services": services,
        "findings": [asdict(finding) for finding in plan.findings],
    }
    path = _path(world, target.project)
    world.files.make_dir(path.parent)
    world.files.write(path, json.dumps(record).encode())


def _digest(
    world: World, target: Target, request: UpRequest, words: frozenset[str], stamps: Mapping[str, Any] | None
) -> str | None:
    if stamps is None:
        return None
    shell = {
        name: value
        for name, value in world.shell.items()
        if name in words or name.startswith(("COMPOSE_", "DOCKER_", "STACKCTL_"))
    }
    asked = [target.compose_args, request.services, request.without, request.images, request.no_deps]
    return digest_of(world).of("glance", json.dumps([asked, sorted(stamps.items()), sorted(shell.items())]))


def _rows(world: World, services: Mapping[str, Any], containers: Iterable[Container]) -> tuple[ServiceRow, ...] | None:
    by_service: dict[str, list[Container]] = {}
    for container in containers:
        by_service.setdefault(container.service, []).append(container)
    now = world.clock.now()
    rows = []
    for name, known in services.items():
        own = by_service.get(name, [])
        runs = _runs(own)
        if runs.keys() != known["runs"].keys():
            return None
        # The very processes that the last start saw ready: that one of them is young still casts no doubt on it.
        moment = now + timedelta(seconds=MOST_STABLE_SECONDS) if runs == known["runs"] else now
        standing = judge(name, own, known["job"], known["replicas"], moment)
        if standing.state not in ("ready", "done"):
            return None
        urls = [address.url for item in own for address in addresses(name, item.image, item.labels, item.ports)]
        rows.append(ServiceRow(name, standing.state, standing.text, None, tuple(dict.fromkeys(urls)), "kept"))
    return tuple(rows) if set(by_service) <= set(services) else None


def _runs(containers: Iterable[Container]) -> dict[str, str]:
    """Give which process each container runs: id → when it was started."""
    return {item.id: item.started.isoformat() if item.started else "" for item in containers}


def _load(world: World, project: str) -> dict[str, Any] | None:
    try:
        record = json.loads(world.files.read(_path(world, project)) or b"")
        return dict(record) if record["schema"] == SCHEMA else None
    except (ValueError, KeyError, TypeError):
        return None


def _path(world: World, project: str) -> Path:
    return project_home(world.shell, project) / "glance.json"
