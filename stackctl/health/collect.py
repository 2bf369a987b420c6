"""Collect what a verdict needs, through the Engine's door: bounded in size and time, all text masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackctl.health import reads
from stackctl.health.definition import Seen, service_evidence
from stackctl.health.evidence import ContainerFacts, Evidence, FindingFacts, ImageFacts
from stackctl.health.places import places_of
from stackctl.health.pools import subnets_left
from stackctl.stack.model import built_name

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from stackctl.engine.door import Engine
    from stackctl.engine.values import Container
    from stackctl.errors import Finding
    from stackctl.mask import Mask
    from stackctl.stack.model import Stack

COMPLAINT_TEXT = 20000


@dataclass(frozen=True)
class Subject:
    """What to collect about: the model, the containers, the files it is written in, and the command a user would run.

    `findings` are those of the machine's checks, `complaint` Compose's own text, `timed_out` who was not ready in time,
    `fills` what first filled each volume (name → image, major version), `salt` makes secrets comparable,
    `builds` are the words of builds that failed (service → text), `wanted` the services that were asked about by name.
    """

    stack: Stack
    containers: Sequence[Container]
    files: Sequence[Path]
    command: str
    now: datetime
    salt: bytes
    findings: Sequence[Finding] = ()
    complaint: str = ""
    timed_out: Sequence[str] = ()
    fills: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    builds: Mapping[str, str] = field(default_factory=dict)
    wanted: Sequence[str] = ()
    disk_free: int | None = None
    ask_registry: bool = True


def collect(engine: Engine, mask: Mask, subject: Subject) -> Evidence:
    """Give the evidence. What cannot be read is missing from it; an engine that is away raises EngineError."""
    stack = subject.stack
    kept = [item for item in subject.containers if item.service in stack.services]
    with ThreadPoolExecutor(reads.MOST_AT_ONCE) as pool:
        architecture = pool.submit(reads.said, engine, ("version", "--format", "{{.Server.Arch}}"))
        images = pool.submit(reads.images, engine, stack)
        volumes = pool.submit(reads.volumes, engine, stack, subject.fills)
        networks = pool.submit(reads.networks, engine, stack.name)
        facts = _containers(engine, pool, subject, kept)
        absent = sorted(_absent(subject, images.result(), kept))
        unmade = _unmade_networks(stack, networks.result())
        made = {item.service for item in kept}
        left = subnets_left(engine) if unmade and set(stack.services) - made else None
        refusals = dict(zip(absent, pool.map(lambda name: reads.registry(engine, name), absent), strict=True))
    places = places_of(subject.files)
    services = {
        name: service_evidence(
            stack,
            service,
            Seen(
                images.result().get(built_name(stack, service)),
                [facts[item.id] for item in kept if item.service == name],
                places.get(name, {}),
            ),
            subject.salt,
        )
        for name, service in stack.services.items()
    }
    return Evidence(
        project=stack.name,
        taken=subject.now,
        services=services,
        complaint=mask(subject.complaint)[-COMPLAINT_TEXT:],
        findings=tuple(
            FindingFacts(item.code, item.subject, mask(item.message), mask(item.hint))
            for item in subject.findings
            if item.severity == "error"
        ),
        registry={name: text for name, text in refusals.items() if text},
        volumes=volumes.result(),
        networks=networks.result(),
        subnets_left=left,
        builds={name: mask(text)[-COMPLAINT_TEXT:] for name, text in subject.builds.items()},
        wanted=tuple(subject.wanted),
        engine_architecture=architecture.result().strip(),
        disk_free=subject.disk_free,
        timed_out=tuple(subject.timed_out),
        dormant=tuple(sorted(set(places) - set(stack.services))),
        command=subject.command,
    )


def _containers(
    engine: Engine, pool: ThreadPoolExecutor, subject: Subject, kept: Sequence[Container]
) -> dict[str, ContainerFacts]:
    """Give the facts of each container by id; everything about all of them is asked at once."""
    more = pool.submit(reads.inspect, engine, kept)
    pasts = pool.submit(reads.pasts, engine, subject.stack.name, subject.now)
    logs = {item.id: pool.submit(reads.logs, engine, item) for item in kept}
    sockets = {item.id: pool.submit(reads.listeners, engine, item) for item in kept if _curious(subject.stack, item)}
    return {
        item.id: reads.container_facts(
            item,
            more.result().get(item.id, {}),
            logs[item.id].result(),
            sockets[item.id].result() if item.id in sockets else None,
            pasts.result().get(item.id, reads.NO_PAST),
        )
        for item in kept
    }


def _unmade_networks(stack: Stack, there: Sequence[str]) -> list[str]:
    """Give the networks of the model that Compose would have to make, with a subnet of the engine's choice."""
    return [
        name
        for name, raw in (stack.raw.get("networks") or {}).items()
        if not (raw or {}).get("external")
        and not ((raw or {}).get("ipam") or {}).get("config")
        and str((raw or {}).get("name") or f"{stack.name}_{name}") not in there
    ]


def _absent(subject: Subject, present: Mapping[str, ImageFacts], kept: Sequence[Container]) -> set[str]:
    """Give the images that are not here and that only a registry can give."""
    return {
        service.image
        for service in subject.stack.services.values()
        if subject.ask_registry
        and service.image
        and service.image not in present
        and not service.build
        and service.replicas
        and not any(item.service == service.name for item in kept)
    }


def _curious(stack: Stack, container: Container) -> bool:
    """Say whether it matters what listens in a container: it has a network of its own and runs."""
    mode = str(stack.services[container.service].raw.get("network_mode") or "")
    return container.state == "running" and mode not in ("host", "none") and not mode.startswith("container:")
