"""What belongs to somebody else: external networks and volumes, names of containers, subnets."""

from __future__ import annotations

import ipaddress
import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from stackctl.errors import Finding

if TYPE_CHECKING:
    from stackctl.doctor.ground import Ground

_BUILT_IN = ("bridge", "host", "none")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def external_findings(ground: Ground) -> list[Finding]:
    """Give a finding for each external network or volume that a service to be started uses and that is not there."""
    findings = []
    networks = ground.stack.raw.get("networks") or {}
    for service in ground.starting():
        for key in service.raw.get("networks") or {}:
            raw = networks.get(key) or {}
            name = str(raw.get("name") or key)
            if raw.get("external") and name not in ground.around.networks:
                findings.append(_missing("network", service.name, name))
        for mount in service.mounts:
            volume = ground.stack.volumes.get(mount.source) if mount.kind == "volume" else None
            if volume and volume.external and volume.name not in ground.around.volumes:
                findings.append(_missing("volume", service.name, volume.name))
    return findings


def name_findings(ground: Ground) -> list[Finding]:
    """Give a finding for each container name that is taken by a container outside this project's service."""
    taken = {item.name: item for item in ground.around.neighbours}
    findings = []
    for service in ground.starting():
        written = str(service.raw.get("container_name") or "")
        item = taken.get(written or f"{ground.stack.name}-{service.name}-1")
        if item is None or service.replicas == 0 or item.project == ground.stack.name:
            continue
        whose = f"a container of project {item.project}" if item.project else "a container outside any project"
        remove = f"docker rm {'-f ' if item.running else ''}{shlex.quote(item.name)}"
        way_out = f"remove it: {remove}" + ("; or leave `container_name` out" if written else "")
        message = f"the container name {item.name} of {service.name} is used by {whose}"
        findings.append(Finding("name-in-use", "error", service.name, message, way_out))
    return findings


def subnet_findings(ground: Ground) -> list[Finding]:
    """Give a finding for each written subnet that overlaps a network that exists; only of networks to be made."""
    findings = []
    existing = ground.around.networks
    used = {key for service in ground.starting() for key in service.raw.get("networks") or {}}
    for key, raw in (ground.stack.raw.get("networks") or {}).items():
        name = str((raw or {}).get("name") or key)
        if key not in used or name in existing or (raw or {}).get("external"):
            continue
        for subnet in _subnets(raw or {}):
            other = next((other for other, texts in existing.items() if _overlaps(subnet, texts)), "")
            if other:
                message = f"the subnet {subnet} of network {key} overlaps the network {other}"
                remove = f", or remove that one: docker network rm {shlex.quote(other)}"
                hint = "write another subnet" + ("" if other in _BUILT_IN else remove)
                findings.append(Finding("subnet-overlap", "error", key, message, hint))
    return findings


def _missing(kind: str, service: str, name: str) -> Finding:
    message = f"the external {kind} {name} of {service} does not exist"
    hint = f"start the project that owns it, or make it: docker {kind} create {shlex.quote(name)}"
    return Finding(f"{kind}-missing", "error", service, message, hint)


def _subnets(raw: Mapping[str, Any]) -> Iterator[Network]:
    for entry in (raw.get("ipam") or {}).get("config") or ():
        subnet = _network(str((entry or {}).get("subnet") or ""))
        if subnet is not None:
            yield subnet


def _overlaps(subnet: Network, texts: tuple[str, ...]) -> bool:
    return any(
        other is not None and other.version == subnet.version and subnet.overlaps(other)
        for other in map(_network, texts)
    )


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
