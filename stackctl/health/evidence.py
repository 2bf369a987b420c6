"""What is known about a stack when somebody asks why: one value that can be stored and read back.

Collected by `health/collect.py`, read by the rules. All text in it has passed the mask; environment values are only
there where their name holds no secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from stackctl.health.stored import decode, encode

SCHEMA = 1


@dataclass(frozen=True)
class LogLine:
    """One line of a container, with the engine's time of it; `stream` is `out` or `err`."""

    text: str
    at: datetime | None = None
    stream: str = "out"


@dataclass(frozen=True)
class ProbeRun:
    """One run of a health check; -1 is the engine's own code: it could not run, or took too long."""

    exit_code: int
    output: str
    at: datetime | None = None


@dataclass(frozen=True)
class MountFacts:
    """A mount: `source` is a host path (bind) or the engine's name of a volume."""

    kind: str
    source: str
    target: str
    read_only: bool = False


@dataclass(frozen=True)
class Listener:
    """A TCP socket that listens in a container: `any` where every address reaches it, else only its own loopback."""

    port: int
    loopback: bool = False


@dataclass(frozen=True)
class ContainerFacts:
    """One container. `listeners` is None where nobody could look, `logs` are those since its last start.

    `exits` are the exit codes of its ends as far as the engine remembers: a container between two restarts has none.
    """

    name: str
    state: str = "running"
    health: str = ""
    exit_code: int = 0
    error: str = ""
    oom_killed: bool = False
    restarts: int = 0
    created: datetime | None = None
    started: datetime | None = None
    finished: datetime | None = None
    restart_policy: str = ""
    argv: tuple[str, ...] = ()
    user: str = ""
    read_only: bool = False
    memory_limit: int = 0
    addresses: Mapping[str, str] = field(default_factory=dict)
    probes: tuple[ProbeRun, ...] = ()
    logs: tuple[LogLine, ...] = ()
    listeners: tuple[Listener, ...] | None = None
    signals: tuple[str, ...] = ()
    exits: tuple[int, ...] = ()


@dataclass(frozen=True)
class ImageFacts:
    """An image on the engine; a shell is not asked for, because that would mean to run it."""

    architecture: str = ""
    user: str = ""
    probe: tuple[str, ...] = ()


@dataclass(frozen=True)
class PortFacts:
    """A port in the file: `published` is 0 where the host does not listen for it."""

    target: int
    published: int = 0
    host_ip: str = ""
    protocol: str = "tcp"


@dataclass(frozen=True)
class Place:
    """A line in a file."""

    file: str
    line: int


@dataclass(frozen=True)
class ServiceEvidence:
    """One service: its definition, its image (None: not on the engine), its containers.

    `environment` has None for a value that is hidden; `fingerprints` let two secrets be compared (name → digest that is
    salted anew in every collection). `places` says where each of its keys is written, `""` is the service itself.
    """

    name: str
    image: str = ""
    driver: str = "generic"
    image_facts: ImageFacts | None = field(default_factory=ImageFacts)
    built: bool = False
    platform: str = ""
    healthcheck: tuple[str, ...] = ()
    ports: tuple[PortFacts, ...] = ()
    depends_on: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[MountFacts, ...] = ()
    environment: Mapping[str, str | None] = field(default_factory=dict)
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    restart: str = ""
    job: str = "no"
    replicas: int = 1
    network_mode: str = ""
    container_name: str = ""
    networks: tuple[str, ...] = ()
    containers: tuple[ContainerFacts, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True)
class FindingFacts:
    """What the machine's checks say about what has not started: see `doctor/preflight.py`."""

    code: str
    subject: str
    message: str
    hint: str = ""


@dataclass(frozen=True)
class VolumeAge:
    """A volume of the project: when it was made, and what first filled it (empty: unknown)."""

    created: datetime | None = None
    image: str = ""
    major: str = ""


@dataclass(frozen=True)
class Evidence:
    """Everything. `complaint` is Compose's or the registry's own text, `timed_out` who was not ready in time.

    `networks` are those that Compose has made for the project, `subnets_left` how many more the engine can make (None:
    no network is missing), `builds` the words of builds that failed (service →
    text), `wanted` the services that were asked about by name, `dormant` those in the files that no active profile has.
    """

    project: str
    taken: datetime | None = None
    services: Mapping[str, ServiceEvidence] = field(default_factory=dict)
    complaint: str = ""
    findings: tuple[FindingFacts, ...] = ()
    registry: Mapping[str, str] = field(default_factory=dict)
    volumes: Mapping[str, VolumeAge] = field(default_factory=dict)
    networks: tuple[str, ...] = ()
    builds: Mapping[str, str] = field(default_factory=dict)
    wanted: tuple[str, ...] = ()
    subnets_left: int | None = None
    engine_architecture: str = ""
    disk_free: int | None = None
    timed_out: tuple[str, ...] = ()
    dormant: tuple[str, ...] = ()
    command: str = "docker compose"

    def as_dict(self) -> dict[str, Any]:
        """Give it as JSON values."""
        return {"schema": SCHEMA, **encode(self)}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Evidence:
        """Read it back. Raises ValueError for a value of another schema."""
        if raw.get("schema") != SCHEMA:
            raise ValueError(f"evidence of schema {raw.get('schema')}, this reads {SCHEMA}")
        found: Evidence = decode(cls, raw)
        return found
