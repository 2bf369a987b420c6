"""The resolved model: what `docker compose config --format json` prints, as values.

Compose has merged and interpolated; nothing is decided again here. `raw` keeps Compose's own words for a service.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from stackctl.stack.labels import ONESHOT

Job = Literal["no", "possible", "yes"]


@dataclass(frozen=True)
class Port:
    """A port of a service: `published` is 0 where the engine picks one."""

    target: int
    published: int
    host_ip: str
    protocol: str


@dataclass(frozen=True)
class Mount:
    """A bind mount or a named volume; `source` is a host path or a volume's key."""

    kind: str
    source: str
    target: str
    read_only: bool
    create_host_path: bool


@dataclass(frozen=True)
class Build:
    """How an image is built: context, Dockerfile (relative to it), arguments, target stage."""

    context: Path
    dockerfile: str
    args: Mapping[str, str]
    target: str


@dataclass(frozen=True)
class Service:
    """One service as it would run."""

    name: str
    image: str
    build: Build | None
    ports: tuple[Port, ...]
    mounts: tuple[Mount, ...]
    secrets: tuple[str, ...]
    configs: tuple[str, ...]
    depends_on: Mapping[str, str]
    labels: Mapping[str, str]
    environment: Mapping[str, str | None]
    healthcheck: Mapping[str, Any] | None
    restart: str
    replicas: int
    profiles: tuple[str, ...]
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def networks(self) -> tuple[str, ...]:
        """Give the keys of its networks; none where it shares the network of something else."""
        return () if self.raw.get("network_mode") else tuple(self.raw.get("networks") or ("default",))

    @property
    def probed(self) -> bool:
        """Say whether the file gives it a health check that runs."""
        check = self.healthcheck
        return bool(check) and not check.get("disable") and check.get("test") != ["NONE"] if check else False


@dataclass(frozen=True)
class FileSource:
    """A top-level secret or config and the host file it comes from (None: environment, inline or external)."""

    name: str
    file: Path | None


@dataclass(frozen=True)
class VolumeDef:
    """A top-level volume: its key, the engine's name, and whether somebody else owns it."""

    key: str
    name: str
    external: bool
    raw: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Stack:
    """The whole model."""

    name: str
    services: Mapping[str, Service]
    volumes: Mapping[str, VolumeDef]
    secrets: Mapping[str, FileSource]
    configs: Mapping[str, FileSource]
    settings: Mapping[str, Any]
    raw: Mapping[str, Any] = field(repr=False)

    def job(self, name: str) -> Job:
        """Say whether a service is a job that is done at exit 0.

        `yes` when something waits for its completion, when the file says `restart: "no"`, or by label. `possible` when
        nothing is written and it has no ports, no health check and no dependents: a worker looks just the same.
        """
        service = self.services[name]
        label = service.labels.get(ONESHOT, "").lower()
        if label:
            return "yes" if label in ("true", "1", "yes") else "no"
        conditions = [other.depends_on.get(name) for other in self.services.values()]
        if "service_completed_successfully" in conditions or service.restart == "no":
            return "yes"
        return "no" if service.restart or service.ports or service.healthcheck or any(conditions) else "possible"

    def oneshot(self, name: str) -> bool:
        """Say whether a clean end of this service is as it should be."""
        return self.job(name) != "no"


def built_name(stack: Stack, service: Service) -> str:
    """Give the image that a build makes: without `image:` Compose names it after project and service."""
    return service.image or f"{stack.name}-{service.name}"


def stack_from(model: Mapping[str, Any]) -> Stack:
    """Read Compose's merged model."""
    services = {name: _service(name, raw or {}) for name, raw in (model.get("services") or {}).items()}
    return Stack(
        name=str(model.get("name", "")),
        services=services,
        volumes={key: _volume(key, raw or {}) for key, raw in (model.get("volumes") or {}).items()},
        secrets={key: _file_source(key, raw or {}) for key, raw in (model.get("secrets") or {}).items()},
        configs={key: _file_source(key, raw or {}) for key, raw in (model.get("configs") or {}).items()},
        settings=model.get("x-stackctl") or {},
        raw=model,
    )


def _service(name: str, raw: Mapping[str, Any]) -> Service:
    deploy = raw.get("deploy") or {}
    replicas = raw.get("scale", deploy.get("replicas", 1))
    return Service(
        name=name,
        image=str(raw.get("image") or ""),
        build=_build(raw.get("build")),
        ports=tuple(_port(entry) for entry in raw.get("ports") or ()),
        mounts=tuple(_mount(entry) for entry in raw.get("volumes") or ()),
        secrets=_sources(raw.get("secrets")),
        configs=_sources(raw.get("configs")),
        depends_on={
            key: str((value or {}).get("condition", "")) for key, value in (raw.get("depends_on") or {}).items()
        },
        labels={key: str(value) for key, value in (raw.get("labels") or {}).items()},
        environment=raw.get("environment") or {},
        healthcheck=raw.get("healthcheck"),
        restart=str(raw.get("restart") or ""),
        replicas=int(1 if replicas is None else replicas),
        profiles=tuple(raw.get("profiles") or ()),
        raw=raw,
    )


def _build(raw: Any) -> Build | None:
    if not raw:
        return None
    if isinstance(raw, str):
        return Build(Path(raw), "Dockerfile", {}, "")
    args = {key: str(value) for key, value in (raw.get("args") or {}).items() if value is not None}
    return Build(
        Path(raw.get("context", ".")), str(raw.get("dockerfile") or "Dockerfile"), args, str(raw.get("target") or "")
    )


def _port(raw: Mapping[str, Any]) -> Port:
    published = str(raw.get("published") or "0").split("-")[0]  # a range: the engine takes the first free one
    return Port(
        target=int(raw.get("target") or 0),
        published=int(published) if published.isdigit() else 0,
        host_ip=str(raw.get("host_ip") or ""),
        protocol=str(raw.get("protocol") or "tcp"),
    )


def _mount(raw: Mapping[str, Any]) -> Mount:
    return Mount(
        kind=str(raw.get("type") or "volume"),
        source=str(raw.get("source") or ""),
        target=str(raw.get("target") or ""),
        read_only=bool(raw.get("read_only")),
        create_host_path=bool((raw.get("bind") or {}).get("create_host_path")),
    )


def _sources(raw: Any) -> tuple[str, ...]:
    return tuple(str(entry if isinstance(entry, str) else entry.get("source", "")) for entry in raw or ())


def _file_source(name: str, raw: Mapping[str, Any]) -> FileSource:
    return FileSource(name, Path(raw["file"]) if raw.get("file") else None)


def _volume(key: str, raw: Mapping[str, Any]) -> VolumeDef:
    return VolumeDef(key, str(raw.get("name") or key), bool(raw.get("external")), raw)
