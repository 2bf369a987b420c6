"""Seeing at a glance that nothing has changed: no file was touched, the same containers run, their images are the same.

The full comparison asks Compose for the model and loads half of this program. Most calls of `up` find everything as
the last one left it, and that can be told from file stamps and two looks at the engine. Whatever differs, or cannot be
told, leads to the full comparison: this decides "unchanged" or nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from stackctl.errors import Finding
from stackctl.health.judge import MOST_STABLE_SECONDS, judge
from stackctl.lifecycle.begin import digest_of
from stackctl.lifecycle.outcome import ServiceRow, UpResult
from stackctl.lifecycle.scene import OVERLAY, PROBES
from stackctl.services.addresses import addresses
from stackctl.workspace.compose_files import reach
from stackctl.workspace.home import project_home, scratch

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.lifecycle.plan import UpPlan
    from stackctl.lifecycle.request import UpRequest
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target

SCHEMA = 4
FOLDER = "folder"
MOST_ENTRIES = 5000


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
        same = record["digest"] == _digest(world, target, request, *_stamps(target, record["trees"]))
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


def stamps_of(plan: UpPlan) -> Mapping[str, Any] | None:
    """Give the stamps of everything whose change can matter; None where there is too much to look through."""
    return _stamps(plan.asked, _trees(plan))[1]


def remember(world: World, plan: UpPlan) -> None:
    """Keep what `glance` compares, after a start that ended well.

    Nothing is kept when a file was touched while it started, or when a build was left out on purpose: the next start
    has to compare.
    """
    target, trees = plan.asked, _trees(plan)
    words, now = _stamps(target, trees)
    if now is None or plan.request.build is False or _touched(plan.stamps or {}, now):
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


def _touched(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    # What was missing then is what the start itself has made: env files, secrets.
    return any(stamp is not None and now.get(path) != stamp for path, stamp in before.items() if stamp != FOLDER)


def _stamps(target: Target, trees: Iterable[str]) -> tuple[frozenset[str], dict[str, Any] | None]:
    """Give the words in all files that Compose would read, and the stamps of those files and of the trees."""
    words, paths = reach([*target.files, *target.env_files, target.directory / ".env"])
    folder = scratch(target.root, target.project)
    made = (folder / OVERLAY, folder / PROBES)  # without them the line that `compose --print` shows fits no more
    stamps: dict[str, Any] = {str(path): _stamp(path) for path in (*paths, *target.templates, *made)}
    for tree in trees:
        found = _tree(Path(tree))
        if found is None:
            return words, None
        stamps |= found
    return words, stamps


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


def _trees(plan: UpPlan) -> list[str]:
    """Give files and folders whose change can matter: mounts that are configuration, secrets, contexts, recipes."""
    stack, target = plan.scene.stack, plan.scene.target
    found = {str(plan.env.folder)} if plan.env.secrets else set()
    found |= {path for name in plan.selected for path in plan.now[name].files}
    found |= {str(source.file) for source in (*stack.secrets.values(), *stack.configs.values()) if source.file}
    for name in plan.selected:
        build = stack.services[name].build
        if build is not None:
            found |= {str(build.context), str(build.context / build.dockerfile)}
    if any(item.kind == "local" for item in plan.images.choices):
        found.add(str(target.root / "stacks" / "images"))
    folders = {str(Path(path).parent) for name in plan.selected for path in plan.now[name].files}
    return sorted(found | {folder for folder in folders if _is_mounted(plan, folder)})


def _is_mounted(plan: UpPlan, folder: str) -> bool:
    mounts = (mount for name in plan.selected for mount in plan.scene.stack.services[name].mounts)
    return any(mount.source == folder for mount in mounts)


def _tree(path: Path) -> dict[str, Any] | None:
    """Give the stamps of a file, or of everything in a folder; None for a folder too large to look through."""
    if not path.is_dir():
        return {str(path): _stamp(path)}
    found: dict[str, Any] = {str(path): "folder"}
    waiting = [path]
    while waiting:
        for entry in os.scandir(waiting.pop()):
            if entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))
                found[entry.path] = FOLDER
            else:
                found[entry.path] = _stamp(Path(entry.path))
            if len(found) > MOST_ENTRIES:
                return None
    return found


def _stamp(path: Path) -> list[int] | None:
    # The change time cannot be set by a program, so an edit that keeps size and modification time is seen too.
    try:
        facts = path.stat()
    except OSError:
        return None
    return [facts.st_mode, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino]


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
