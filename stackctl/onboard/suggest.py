"""Labels worth having, of what a merged model shows: values in, values out. Each is a line of a diff, to be agreed to.

A label is proposed only where stackctl would know less without it. A store whose image's name says what it is needs
none: its driver asks it in its own protocol. A recipe is proposed nowhere, because only an image that a driver knows
has one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.services.base import GENERIC, repository_of
from stackctl.services.registry import driver_for, drivers
from stackctl.stack.labels import ONESHOT, PROBE, SERVICE

if TYPE_CHECKING:
    from stackctl.stack.model import Service, Stack

# Ports on which the field speaks HTTP. 9000 is left out for PHP's FastCGI and 9200 because it is often TLS: a wrong
# guess would make a start wait for an answer that never comes.
WEB_PORTS = (80, 3000, 4200, 5000, 5173, 8000, 8080)
# Images that are another one with more in it, at the same ports, paths and variables.
KIN = {
    **dict.fromkeys(("pgvector/pgvector", "postgis/postgis", "timescale/timescaledb", "citusdata/citus"), "postgres"),
    "redis/redis-stack": "redis",
}
_JOB = re.compile(r"(?i)(?:^|[-_.])(?:migrat(?:e|or|ions?)|seed(?:er)?|bootstrap|init|setup)(?:$|[-_.])")
# A redis has its data in /data, and so has half the world.
_VAGUE = ("/data",)


@dataclass(frozen=True)
class Suggestion:
    """One label for a service, and what it is good for."""

    service: str
    label: str
    value: str
    why: str


def suggest(stack: Stack) -> tuple[Suggestion, ...]:
    """Give the labels that help this stack, at most one for a service."""
    users = Counter(mount.source for item in stack.services.values() for mount in item.mounts if mount.kind == "volume")
    return tuple(found for name in sorted(stack.services) for found in _for(stack, stack.services[name], users))


def _for(stack: Stack, service: Service, users: Counter[str]) -> Iterator[Suggestion]:
    if driver_for(service.image, service.labels) is not GENERIC or {SERVICE, PROBE, ONESHOT} & service.labels.keys():
        return
    kind = KIN.get(_short(service.image)) or _kind_of_data(service, users)
    if kind:
        yield Suggestion(
            service.name, SERVICE, kind, f"a {kind}, by its image or data: its address, check and backup are then known"
        )
    elif _is_job(stack, service):
        yield Suggestion(service.name, ONESHOT, "true", "a job, by its name: done at exit code 0")
    elif not service.probed and (port := _web_port(service)):
        yield Suggestion(service.name, PROBE, f"{port}/", "it has no health check: ready when it answers over HTTP")


def _short(image: str) -> str:
    """Give `owner/name` of an image, without a registry."""
    return "/".join(repository_of(image).split("/")[-2:])


def _kind_of_data(service: Service, users: Counter[str]) -> str:
    """Give the store whose data folder it has a volume of its own at: an image that was built from the official one.

    A backup's sidecar has the same folder, but shares the volume.
    """
    own = {
        mount.target
        for mount in service.mounts
        if mount.kind == "volume" and not mount.read_only and users[mount.source] == 1
    }
    found = (driver.name for driver in drivers().values() if own & {*driver.data} - {*_VAGUE})
    return next(found, "")


def _is_job(stack: Stack, service: Service) -> bool:
    written = service.restart or service.ports or service.healthcheck
    return bool(_JOB.search(service.name)) and not written and stack.job(service.name) != "yes"


def _web_port(service: Service) -> int:
    ports = [port.target for port in service.ports if port.protocol == "tcp" and port.target in WEB_PORTS]
    return 0 if service.replicas == 0 else next(iter(ports), 0)
