"""What fills an empty store at its first start: `x-stackctl.seed`, and how far each has come.

A seed is due for a service whose volume the start makes. It is noted before the start, so that a kill between the two
loses nothing, and again when it is done: it never runs twice over the same volume.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.errors import ConfigError
from stackctl.services.registry import driver_for
from stackctl.stack.model import built_name
from stackctl.workspace.home import project_home
from stackctl.workspace.names import unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackctl.lifecycle.world import World
    from stackctl.stack.model import Stack

FILE = "seeds.json"
# due: to be done; running: a command that has begun, and may have left half of it.
WAITING = ("due", "running")


@dataclass(frozen=True)
class Seed:
    """What fills the store of `service`: a set as a file, or a command that runs in the container of `runs_in`."""

    service: str
    file: Path | None = None
    command: tuple[str, ...] = ()
    runs_in: str = ""


def seeds_of(stack: Stack, folder: Path) -> dict[str, Seed]:
    """Read `x-stackctl.seed`; paths begin at `folder`, where the Compose files are. Raises ConfigError, Misuse."""
    raw = stack.settings.get("seed")
    if not raw:
        return {}
    if not isinstance(raw, Mapping):
        raise _wrong(f"{raw!r:.60}")
    return {str(name): _seed(stack, folder, str(name), value) for name, value in raw.items()}


def _seed(stack: Stack, folder: Path, name: str, value: Any) -> Seed:
    value = {"set": value} if isinstance(value, str) else value
    if not isinstance(value, Mapping) or not set(value) <= {"set", "command", "in"}:
        raise _wrong(f"{name}: {value!r:.60}")
    runs_in = str(value.get("in") or name)
    for service in (name, runs_in):
        if service not in stack.services:
            raise unknown("service", service, stack.services)
    command = value.get("command")
    words = ["sh", "-c", command] if isinstance(command, str) else command
    if isinstance(value.get("set"), str) and command is None:
        return Seed(name, (folder / Path(value["set"]).expanduser()).absolute())
    if isinstance(words, list) and words and all(isinstance(word, str) for word in words) and "set" not in value:
        return Seed(name, command=tuple(words), runs_in=runs_in)
    raise _wrong(f"{name}: {value!r:.60}")


def volumes_of(stack: Stack, service: str) -> list[str]:
    """Give the engine's names of the volumes that hold a service's data: where nobody knows which, all it writes to."""
    known = driver_for(built_name(stack, stack.services[service]), stack.services[service].labels).data
    return [
        stack.volumes[mount.source].name
        for mount in stack.services[service].mounts
        if mount.kind == "volume" and mount.source in stack.volumes and not mount.read_only
        if not known or mount.target.rstrip("/") in known
    ]


def mark_due(world: World, stack: Stack, seeds: Mapping[str, Seed], starting: Sequence[str]) -> None:
    """Note which seeds are due: those of services that start now and whose volumes are not there yet."""
    states = read_states(world, stack.name)
    existing = set(world.engine.run(("volume", "ls", "--quiet")).out.split())
    for name in seeds:
        volumes = volumes_of(stack, name)
        if name in starting and volumes and not set(volumes) & existing:
            states[name] = "due"
    write_states(world, stack.name, states)


def waiting(world: World, project: str) -> list[str]:
    """Give the services whose seed is due, or was interrupted."""
    return [name for name, state in read_states(world, project).items() if state in WAITING]


def read_states(world: World, project: str) -> dict[str, str]:
    """Give how far each seed has come, by service."""
    try:
        raw = json.loads(world.files.read(_path(world, project)) or b"{}")
        return {str(name): str(state) for name, state in raw.items()}
    except (ValueError, AttributeError):
        return {}


def write_states(world: World, project: str, states: Mapping[str, str]) -> None:
    """Keep how far each has come."""
    if states != read_states(world, project):
        world.files.make_dir(project_home(world.shell, project))
        world.files.write(_path(world, project), json.dumps(dict(sorted(states.items()))).encode())


def set_state(world: World, project: str, service: str, state: str) -> None:
    """Keep how far one has come."""
    write_states(world, project, {**read_states(world, project), service: state})


def _wrong(what: str) -> ConfigError:
    return ConfigError(
        f"x-stackctl.seed is not understood: {what}",
        "write for example {mongodb: seeds/shop.tar, redis: {command: [sh, /seed.sh], in: app}}",
    )


def _path(world: World, project: str) -> Path:
    return project_home(world.shell, project) / FILE
