"""What the engine has around a stack: containers of every project, networks, volumes. Read once, then values.

Not by `inspect`: it prints environments, which no check needs, and it is slow with many containers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackctl.engine.complaints import engine_error
from stackctl.engine.values import PROJECT_LABEL, SERVICE_LABEL, WORKING_DIR_LABEL, Binding
from stackctl.errors import EngineError

if TYPE_CHECKING:
    from stackctl.engine.door import Engine
    from stackctl.stack.model import Stack

CONFIG_FILES_LABEL = "com.docker.compose.project.config_files"
READ_SECONDS = 30.0

_PUBLISHED = re.compile(r"^(?P<ip>.*):(?P<first>\d+)(?:-(?P<last>\d+))?->(?P<target>\d+)(?:-\d+)?/(?P<protocol>\w+)$")


@dataclass(frozen=True)
class Neighbour:
    """A container of any project, or of none (`docker run`). `ports` are what it publishes now."""

    name: str
    running: bool
    project: str = ""
    service: str = ""
    working_dir: str = ""
    config_files: tuple[str, ...] = ()
    ports: tuple[Binding, ...] = ()


@dataclass(frozen=True)
class VolumeFacts:
    """A volume as the engine has it; secrets in its options are masked. `created` is the engine's own time stamp."""

    driver: str
    options: Mapping[str, str]
    labels: Mapping[str, str]
    created: str = ""


@dataclass(frozen=True)
class Around:
    """All that preflight needs to know of the engine's things. Networks: name → subnets."""

    neighbours: tuple[Neighbour, ...] = ()
    networks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    volumes: Mapping[str, VolumeFacts] = field(default_factory=dict)


def survey(engine: Engine, stack: Stack, neighbours: Sequence[Neighbour] | None = None) -> Around:
    """Read what the checks of this stack need, at once; networks only where the model names some.

    `neighbours` are the containers where somebody has just read them. Raises EngineError.
    """
    volumes = sorted({volume.name for volume in stack.volumes.values()})
    networks = stack.raw.get("networks") or {}
    curious = any(raw and (raw.get("external") or (raw.get("ipam") or {}).get("config")) for raw in networks.values())
    with ThreadPoolExecutor(3) as pool:
        found = pool.submit(read_neighbours, engine) if neighbours is None else None
        found_volumes = pool.submit(read_volumes, engine, volumes)
        found_networks = pool.submit(read_networks, engine) if curious else None
    there = found.result() if found else neighbours or ()
    return Around(tuple(there), found_networks.result() if found_networks else {}, found_volumes.result())


def read_neighbours(engine: Engine) -> list[Neighbour]:
    """Give every container of the engine. Raises EngineError."""
    labels = (PROJECT_LABEL, SERVICE_LABEL, WORKING_DIR_LABEL, CONFIG_FILES_LABEL)
    columns = ("{{.Names}}", "{{.State}}", "{{.Ports}}", *(f'{{{{.Label "{label}"}}}}' for label in labels))
    lines = read_lines(engine, ("ps", "-a", "--no-trunc", "--format", "\t".join(columns)))
    return [neighbour(line) for line in lines if line.count("\t") >= len(columns) - 1]


def read_networks(engine: Engine) -> dict[str, tuple[str, ...]]:
    """Give every network with its subnets. Raises EngineError."""
    names = read_lines(engine, ("network", "ls", "--format", "{{.Name}}"))
    form = "{{.Name}}\t{{range .IPAM.Config}}{{.Subnet}} {{end}}"
    lines = read_lines(engine, ("network", "inspect", "--format", form, *names), partial=True) if names else []
    rows = [line.partition("\t") for line in lines]
    return {name: tuple(subnets.split()) for name, _tab, subnets in rows}


def read_volumes(engine: Engine, names: Collection[str]) -> dict[str, VolumeFacts]:
    """Give those of these volumes that exist. Raises EngineError."""
    if not names:
        return {}
    form = "{{.Name}}\t{{.Driver}}\t{{json .Options}}\t{{json .Labels}}\t{{.CreatedAt}}"
    lines = read_lines(engine, ("volume", "inspect", "--format", form, *names), partial=True)
    found = {}
    for line in lines:
        name, driver, options, labels, created = [*line.split("\t"), "", "", "", ""][:5]
        found[name] = VolumeFacts(driver, _mapping(options), _mapping(labels), created)
    return found


def read_lines(
    engine: Engine, argv: Sequence[str], *, partial: bool = False, timeout: float = READ_SECONDS
) -> list[str]:
    """Give the lines that a docker command prints. `partial`: some of the named things may be missing.

    Raises EngineError.
    """
    outcome = engine.run(tuple(argv), timeout=timeout)
    if outcome.code != 0:
        error = engine_error(outcome.err)
        if error or not partial:
            reason = outcome.err.strip() or outcome.out.strip()
            raise error or EngineError(f"docker {' '.join(argv[:2])} failed: {reason}", "see: stackctl doctor")
    return [line for line in outcome.out.splitlines() if line.strip()]


def neighbour(line: str) -> Neighbour:
    """Read one line of `docker ps` in the columns of `read_neighbours`."""
    name, state, ports, project, service, folder, files = [*line.split("\t"), *[""] * 6][:7]
    return Neighbour(
        name=name.split(",")[0],
        running=state in ("running", "paused"),
        project=project,
        service=service,
        working_dir=folder,
        config_files=tuple(path for path in files.split(",") if path),
        ports=bindings(ports),
    )


def bindings(text: str) -> tuple[Binding, ...]:
    """Read the ports column of `docker ps`: `127.0.0.1:4317-4318->4317-4318/tcp, [::]:80->80/tcp, 9090/tcp`."""
    found = []
    for part in text.split(", "):
        match = _PUBLISHED.match(part.strip())
        if match:
            first = int(match["first"])
            for number in range(first, int(match["last"] or first) + 1):
                target = int(match["target"]) + number - first
                found.append(Binding(match["ip"].strip("[]"), number, target, match["protocol"]))
    return tuple(found)


def _mapping(text: str) -> dict[str, str]:
    try:
        value = json.loads(text or "null")
    except ValueError:  # the mask may have cut a quoted value
        return {}
    return {str(key): str(item) for key, item in (value or {}).items()}
