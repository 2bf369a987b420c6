"""What the engine says, as values: containers, images, volumes, networks, and the engine itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stackctl.engine.address import EngineAddress

PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
WORKING_DIR_LABEL = "com.docker.compose.project.working_dir"
CONFIG_HASH_LABEL = "com.docker.compose.config-hash"
ONEOFF_LABEL = "com.docker.compose.oneoff"
NUMBER_LABEL = "com.docker.compose.container-number"


@dataclass(frozen=True)
class Probe:
    """One run of a health check, as the engine logged it (the last five, 4 KiB each)."""

    at: datetime | None
    exit_code: int
    output: str
    began: datetime | None = None

    @property
    def seconds(self) -> float:
        """Give how long it took, 0 where the engine does not say."""
        return max(0.0, (self.at - self.began).total_seconds()) if self.at and self.began else 0.0


@dataclass(frozen=True)
class Binding:
    """A published port: where the host listens, and the container's port."""

    host_ip: str
    host_port: int
    container_port: int
    protocol: str

    @property
    def near_ip(self) -> str:
        """Give the address at which a client on the host reaches it: a wildcard is no place to connect to."""
        return "127.0.0.1" if self.host_ip in ("", "0.0.0.0", "::") else self.host_ip  # noqa: S104 - compared, not bound


@dataclass(frozen=True)
class Mounted:
    """Something mounted into a container: `source` is a volume's name or a host path."""

    kind: str
    source: str
    target: str
    writable: bool


@dataclass(frozen=True)
class Container:
    """One container of a project. Times are UTC; `health` is empty where there is no check."""

    id: str
    name: str
    service: str
    number: int
    project: str
    working_dir: str
    image: str
    image_id: str
    state: str
    health: str
    exit_code: int
    error: str
    oom_killed: bool
    restarts: int
    created: datetime | None
    started: datetime | None
    finished: datetime | None
    config_hash: str
    ports: tuple[Binding, ...]
    probes: tuple[Probe, ...]
    labels: Mapping[str, str]
    networks: Mapping[str, str]
    restart_policy: str = ""
    mounts: tuple[Mounted, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def running(self) -> bool:
        """Say whether its process runs (paused counts)."""
        return self.state in ("running", "paused")


@dataclass(frozen=True)
class Image:
    """A local image: its id, size in bytes, labels, and when it was made."""

    id: str
    size: int
    created: datetime | None
    labels: Mapping[str, str]
    tags: tuple[str, ...]
    healthcheck: bool
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Volume:
    """A named volume of a project."""

    name: str
    key: str
    driver: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class EngineFacts:
    """The engine and the tools around it, as found."""

    version: str
    api: str
    compose: str
    buildx: str
    address: EngineAddress
    os: str
    root_dir: str
    cpus: int
    memory: int
    cgroup: str
    storage: str
    rootless: bool
    proxies: bool
    mirrors: tuple[str, ...]
    name: str

    @property
    def context(self) -> str:
        """Give the name of the context."""
        return self.address.context

    @property
    def host(self) -> str:
        """Give the engine's address."""
        return self.address.host

    @property
    def local(self) -> bool:
        """Say whether the engine shares this machine's files and ports."""
        return self.address.local


def parse_time(text: str) -> datetime | None:
    """Read an engine's time stamp (nanoseconds, `Z` or an offset); its zero time is None."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?", text)
    if not match or text.startswith("0001-"):
        return None
    zone = "+00:00" if match[3] in (None, "Z") else match[3]
    try:
        return datetime.fromisoformat(f"{match[1]}.{(match[2] or '0')[:6]:0<6}{zone}").astimezone(UTC)
    except ValueError:
        return None


def _health(state: Mapping[str, Any]) -> str:
    """Give what the engine says of the health, empty where there is no check.

    When it pauses a container it ends the checks and calls it unhealthy, and so it stays after `unpause` until the next
    check has ended (moby, container/health.go, CloseMonitorChannel). No check has failed then: it is not known yet.
    """
    health = state.get("Health") or {}
    status = str(health.get("Status") or "")
    if status == "unhealthy" and state.get("Status") == "running" and health.get("FailingStreak") == 0:
        return "starting"
    return "" if status == "none" else status


def container(raw: Mapping[str, Any]) -> Container:
    """Read one element of `docker inspect`."""
    state = raw.get("State") or {}
    config = raw.get("Config") or {}
    labels = config.get("Labels") or {}
    health = state.get("Health") or {}
    network = raw.get("NetworkSettings") or {}
    host = raw.get("HostConfig") or {}
    return Container(
        id=str(raw.get("Id", "")),
        name=str(raw.get("Name", "")).lstrip("/"),
        service=str(labels.get(SERVICE_LABEL, "")),
        number=int(labels.get(NUMBER_LABEL) or 1),
        project=str(labels.get(PROJECT_LABEL, "")),
        working_dir=str(labels.get(WORKING_DIR_LABEL, "")),
        image=str(config.get("Image", "")),
        image_id=str(raw.get("Image", "")),
        state=str(state.get("Status", "")),
        health=_health(state),
        exit_code=int(state.get("ExitCode") or 0),
        error=str(state.get("Error") or ""),
        oom_killed=bool(state.get("OOMKilled")),
        restarts=int(raw.get("RestartCount") or 0),
        created=parse_time(str(raw.get("Created", ""))),
        started=parse_time(str(state.get("StartedAt", ""))),
        finished=parse_time(str(state.get("FinishedAt", ""))),
        config_hash=str(labels.get(CONFIG_HASH_LABEL, "")),
        ports=_bindings(network.get("Ports") or {}, host.get("PortBindings") or {}),
        probes=tuple(_probe(entry) for entry in health.get("Log") or ()),
        labels=labels,
        networks={
            name: str((facts or {}).get("IPAddress", "")) for name, facts in (network.get("Networks") or {}).items()
        },
        restart_policy=str((host.get("RestartPolicy") or {}).get("Name") or ""),
        mounts=tuple(_mounted(entry) for entry in raw.get("Mounts") or ()),
        environment=_environment(config),
    )


def image(raw: Mapping[str, Any]) -> Image:
    """Read one element of `docker image inspect`."""
    config = raw.get("Config") or {}
    test = (config.get("Healthcheck") or {}).get("Test") or []
    return Image(
        id=str(raw.get("Id", "")),
        size=int(raw.get("Size") or 0),
        created=parse_time(str(raw.get("Created", ""))),
        labels=config.get("Labels") or {},
        tags=tuple(raw.get("RepoTags") or ()),
        healthcheck=bool(test) and test[0] != "NONE",
        environment=_environment(config),
    )


def _environment(config: Mapping[str, Any]) -> dict[str, str]:
    """Read what a container has, or an image gives: `NAME=value` each; a bare `NAME` is one that nobody has set."""
    pairs = (str(entry).partition("=") for entry in config.get("Env") or ())
    return {name: value for name, equals, value in pairs if equals}


def _bindings(actual: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[Binding, ...]:
    found: dict[tuple[str, int, int, str], Binding] = {}
    for port, hosts in {**wanted, **{key: value for key, value in actual.items() if value}}.items():
        number, _, protocol = port.partition("/")
        for entry in hosts or ():
            if entry.get("HostPort"):
                ip = str(entry.get("HostIp") or "")
                ip = "0.0.0.0" if ip in ("", "::") else ip  # noqa: S104 - read, not bound
                binding = Binding(ip, int(entry["HostPort"]), int(number), protocol or "tcp")
                found[(ip, binding.host_port, binding.container_port, binding.protocol)] = binding
    return tuple(found.values())


def _mounted(raw: Mapping[str, Any]) -> Mounted:
    kind = str(raw.get("Type") or "")
    source = str((raw.get("Name") if kind == "volume" else raw.get("Source")) or "")
    return Mounted(kind, source, str(raw.get("Destination") or ""), bool(raw.get("RW")))


def _probe(raw: Mapping[str, Any]) -> Probe:
    return Probe(
        parse_time(str(raw.get("End", ""))),
        int(raw.get("ExitCode") or 0),
        str(raw.get("Output") or "").strip(),
        parse_time(str(raw.get("Start", ""))),
    )
