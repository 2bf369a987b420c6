"""A data volume keeps the password that it was made with: another one is told before the start.

After each start that ends well a keyed digest of what the service reads only once is kept, by volume. A volume has no
id of its own: its name and the time of its creation are one. (Engines before 23 move that time with every write; there
a record is worthless, and the guard lets everything through.)
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.doctor.around import read_volumes
from stackctl.errors import ConfigError
from stackctl.lifecycle.begin import digest_of
from stackctl.lifecycle.initial_values import InitialValues, digests_of, initial_values
from stackctl.workspace.home import project_home

if TYPE_CHECKING:
    from stackctl.lifecycle.plan import UpPlan
    from stackctl.lifecycle.scene import Scene
    from stackctl.lifecycle.world import World
    from stackctl.secrets.digest import Digest
    from stackctl.stack.model import Stack

FILE = "credentials.json"
SCHEMA = 1


@dataclass(frozen=True)
class Made:
    """What a volume was made with: when, and a digest by variable."""

    created: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Clash:
    """A volume that knows other values than the service would give, by the names of the variables."""

    volume: str
    variables: tuple[str, ...]
    now: InitialValues


def clashes(
    stack: Stack,
    starting: Collection[str],
    made: Mapping[str, Made],
    created: Mapping[str, str],
    keyed: Digest,
) -> list[Clash]:
    """Give the volumes that a start of these services would meet with another password.

    `created`: volume → when the engine made it. A service that is left alone counts too where one that starts shares a
    secret with it: its client would come with the new password.
    """
    secrets = {name for service in starting if service in stack.services for name in stack.services[service].secrets}
    found = []
    for name, service in stack.services.items():
        now = initial_values(stack, service) if name in starting or secrets & set(service.secrets) else None
        for volume in now.volumes if now else ():
            before = made.get(volume)
            if now and before and before.created == created.get(volume):
                names = [key for key, digest in digests_of(now, keyed).items() if _differs(before, key, digest)]
                found += [Clash(volume, tuple(names), now)] if names else []
    return found


def read_made(world: World, project: str, keyed: Digest) -> dict[str, Made]:
    """Give the records by volume; none where they were made with another key, since nothing can be compared then.

    Raises ConfigError for a damaged file: the guard must not open by that.
    """
    path = _path(world, project)
    data = world.files.read(path)
    if data is None:
        return {}
    try:
        raw = json.loads(data)
        if raw["key"] != _mark(keyed):
            return {}
        return {name: Made(str(item["created"]), dict(item["values"])) for name, item in raw["volumes"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{path} is damaged",
            f"it says with which passwords the volumes were made; if you know that they fit: rm {path}",
            code="volume-facts-damaged",
        ) from error


def record_made(world: World, plan: UpPlan, keyed: Digest) -> None:
    """Keep what the volumes of the started services were made with, as it was read before the start.

    A volume that has a record keeps it, unless the user said that the new values are right.
    """
    stack, project = plan.scene.stack, plan.scene.target.project
    started = [item for name in plan.selected if (item := initial_values(stack, stack.services[name]))]
    if not started:
        return
    made = read_made(world, project, keyed)
    names = {*made, *(volume for item in started for volume in item.volumes)}
    created = {name: facts.created for name, facts in read_volumes(world.engine, sorted(names)).items()}
    merged = {name: item for name, item in made.items() if item.created == created.get(name)}
    for item in started:
        now = plan.now[item.service].initial
        for volume in item.volumes:
            before = merged[volume].values if volume in merged and not plan.request.accept_credentials else {}
            if created.get(volume):
                merged[volume] = Made(created[volume], {**now, **before})
    if merged != made:
        _write(world, project, keyed, merged)


def record_known(world: World, scene: Scene, given: Mapping[str, Mapping[str, str]]) -> None:
    """Keep that the volumes of services know the login of now: it was set in their data, and tried.

    `given`: service → variable → value, as its container has it; where the model would give another one by now, nothing
    is kept. A volume without a record gets none: the next start that ends well makes it.
    """
    stack, project, keyed = scene.stack, scene.target.project, digest_of(world)
    made = read_made(world, project, keyed)
    merged = dict(made)
    for name, values in given.items():
        now = initial_values(stack, stack.services[name])
        digests = digests_of(now, keyed)
        for volume in now.volumes if now else ():
            if now and volume in merged:
                known = {key: digests[key] for key, value in now.values.items() if values.get(key) == value.text}
                merged[volume] = Made(merged[volume].created, {**merged[volume].values, **known})
    if merged != made:
        _write(world, project, keyed, merged)


def _write(world: World, project: str, keyed: Digest, made: Mapping[str, Made]) -> None:
    rows = {name: {"created": item.created, "values": dict(item.values)} for name, item in sorted(made.items())}
    data = json.dumps({"schema": SCHEMA, "key": _mark(keyed), "volumes": rows}, indent=1)
    world.files.make_dir(project_home(world.shell, project))
    world.files.write(_path(world, project), data.encode() + b"\n")


def _differs(before: Made, name: str, digest: str) -> bool:
    return name in before.values and before.values[name] != digest


def _mark(keyed: Digest) -> str:
    return keyed.of("credentials", "key")


def _path(world: World, project: str) -> Path:
    return project_home(world.shell, project) / FILE
