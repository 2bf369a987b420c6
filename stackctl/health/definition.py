"""A service as the Compose files define it, as evidence: without its secrets, which only leave digests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.health.evidence import ContainerFacts, ImageFacts, MountFacts, Place, PortFacts, ServiceEvidence
from stackctl.mask import HIDDEN, hide_in_words, is_sensitive, uri_passwords
from stackctl.services.registry import driver_for
from stackctl.stack.model import built_name

if TYPE_CHECKING:
    from stackctl.stack.model import Service, Stack


@dataclass(frozen=True)
class Seen:
    """What was seen of a service: its image (None: not on the engine), its containers, where its keys are written."""

    image: ImageFacts | None
    containers: Sequence[ContainerFacts]
    places: Mapping[str, Place]


def service_evidence(stack: Stack, service: Service, seen: Seen, salt: bytes) -> ServiceEvidence:
    """Give what is written about a service and what was seen of it; `salt` makes secrets comparable."""
    test = (service.healthcheck or {}).get("test") if service.probed else None
    words = (
        (test,)
        if isinstance(test, str)
        else tuple(str(word) for word in test or (seen.image.probe if seen.image else ()))
    )
    networks = service.raw.get("networks") or {}
    return ServiceEvidence(
        name=service.name,
        image=built_name(stack, service),
        driver=driver_for(service.image, service.labels).name,
        image_facts=seen.image,
        built=service.build is not None,
        platform=str(service.raw.get("platform") or ""),
        healthcheck=hide_in_words(words),
        ports=tuple(PortFacts(port.target, port.published, port.host_ip, port.protocol) for port in service.ports),
        depends_on=dict(service.depends_on),
        mounts=_mounts(stack, service),
        environment={
            name: None if value is None or is_sensitive(name) else _without_password(str(value))
            for name, value in service.environment.items()
        },
        fingerprints=_fingerprints(stack, service, salt),
        restart=service.restart,
        job=stack.job(service.name),
        replicas=service.replicas,
        network_mode=str(service.raw.get("network_mode") or ""),
        container_name=str(service.raw.get("container_name") or ""),
        networks=tuple(networks),
        containers=tuple(seen.containers),
        places=seen.places,
    )


def _mounts(stack: Stack, service: Service) -> tuple[MountFacts, ...]:
    found = []
    for mount in service.mounts:
        volume = stack.volumes.get(mount.source) if mount.kind == "volume" else None
        found.append(MountFacts(mount.kind, volume.name if volume else mount.source, mount.target, mount.read_only))
    for name in service.secrets:
        source = stack.secrets.get(name)
        if source and source.file:
            found.append(MountFacts("bind", str(source.file), f"/run/secrets/{name}", read_only=True))
    raw_tmpfs = service.raw.get("tmpfs") or ()
    for entry in (raw_tmpfs,) if isinstance(raw_tmpfs, str) else raw_tmpfs:
        found.append(MountFacts("tmpfs", "", str(entry).partition(":")[0]))
    for name, entry in zip(service.configs, service.raw.get("configs") or (), strict=False):
        source = stack.configs.get(name)
        target = (entry.get("target") if isinstance(entry, Mapping) else "") or f"/{name}"
        if source and source.file:
            found.append(MountFacts("bind", str(source.file), str(target), read_only=True))
    return tuple(found)


def _without_password(value: str) -> str:
    for password in uri_passwords(value):
        value = value.replace(f":{password}@", f":{HIDDEN}@")
    return value


def _fingerprints(stack: Stack, service: Service, salt: bytes) -> dict[str, str]:
    """Give digests of a service's secrets, so that two can be compared and none can be read."""
    values: dict[str, str] = {}
    for name, value in service.environment.items():
        if value and is_sensitive(name):
            values[name] = str(value)
        for index, password in enumerate(uri_passwords(str(value or ""))):
            values[f"{name}#{index}"] = password
    for name in service.secrets:
        source = stack.secrets.get(name)
        try:
            values[f"/run/secrets/{name}"] = source.file.read_text("utf-8").strip() if source and source.file else ""
        except (OSError, UnicodeDecodeError):
            continue
    return {name: hashlib.sha256(salt + value.encode()).hexdigest()[:16] for name, value in values.items() if value}
