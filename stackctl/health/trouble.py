"""Whether a service is in trouble at all.

Rules that read logs look only at those that are: errors in the log of a service that stands are its own business.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from stackctl.health.evidence import ContainerFacts, Evidence, ServiceEvidence

Trouble = Literal["", "absent", "not started", "unhealthy", "starting", "looping", "ended", "clean end", "stuck"]

# A process that has run so long since its last restart has recovered.
RECOVERED_SECONDS = 10.0
SOON_SECONDS = 3.0
LOOP_RESTARTS = 2
STOPPED_BY_SIGNAL = (143, 130)
_STOPPED = re.compile(r"\bSIGTERM\b|\bSIGINT\b|signal 15|signal: terminated|received terminat", re.IGNORECASE)


def worst(evidence: Evidence, service: ServiceEvidence) -> tuple[ContainerFacts | None, Trouble]:
    """Give the container in trouble and what its trouble is; the first container and `""` where all is well."""
    for container in service.containers:
        trouble = _trouble(evidence, service, container)
        if trouble:
            return container, trouble
    if len(service.containers) < service.replicas and begun(evidence) and not left_out(evidence, service):
        return None, "absent"
    return (service.containers[0] if service.containers else None), ""


def trouble_of(evidence: Evidence, service: ServiceEvidence) -> Trouble:
    """Give what a service's trouble is, `""` where it has none."""
    return worst(evidence, service)[1]


def stopped_by_hand(container: ContainerFacts) -> bool:
    """Say whether somebody asked a container to end: `docker stop`, `docker kill`, Ctrl-C."""
    if container.signals:
        return True
    if container.oom_killed:
        return False
    if container.exit_code in STOPPED_BY_SIGNAL:
        return True
    return container.exit_code == 0 and any(_STOPPED.search(line.text) for line in container.logs[-15:])


def begun(evidence: Evidence) -> bool:
    """Say whether somebody has tried to start the stack: a project without container and network is merely not up."""
    made = any(service.containers for service in evidence.services.values())
    return bool(evidence.complaint or evidence.networks) or made


def left_out(evidence: Evidence, service: ServiceEvidence) -> bool:
    """Say whether a service without a container was not to start: `docker compose up other`.

    Compose makes all containers before it starts the first one. So where others have started, and none of them waits
    for that, the missing one was not part of it.
    """
    if service.containers or evidence.complaint or service.name in (*evidence.timed_out, *evidence.wanted):
        return False
    others = [item for other in evidence.services.values() for item in other.containers]
    needed = any(service.name in other.depends_on and other.containers for other in evidence.services.values())
    return bool(others) and not needed and all(item.started for item in others)


def _trouble(evidence: Evidence, service: ServiceEvidence, container: ContainerFacts) -> Trouble:
    if container.state == "created":
        return "not started"
    if container.state == "restarting":
        return "looping" if container.restarts >= LOOP_RESTARTS else "ended"
    if container.state in ("exited", "dead"):
        return _ended(service, container)
    if container.state == "running":
        return _running(evidence, service, container)
    return "stuck" if service.name in evidence.timed_out else ""


def _ended(service: ServiceEvidence, container: ContainerFacts) -> Trouble:
    if container.error:  # it ran once, and its last start was refused
        return "not started"
    if stopped_by_hand(container):
        return ""
    if container.exit_code:
        return "ended"
    return "clean end" if service.job == "no" else ""


def _running(evidence: Evidence, service: ServiceEvidence, container: ContainerFacts) -> Trouble:
    late = service.name in evidence.timed_out
    if container.health == "unhealthy":
        return "unhealthy"
    if container.health == "healthy":
        return ""
    if container.restarts >= LOOP_RESTARTS and _age(evidence, container) < _must_outlive(container):
        return "looping"
    if container.health == "starting" and (late or _cannot_probe(container)):
        return "starting"
    return "stuck" if late else ""


def _must_outlive(container: ContainerFacts) -> float:
    """Give the age at which a restarted process has recovered: many restarts want the whole time, two a short one."""
    return RECOVERED_SECONDS if container.restarts > LOOP_RESTARTS else SOON_SECONDS


def _cannot_probe(container: ContainerFacts) -> bool:
    """Say whether a probe will never run, however long one waits."""
    return any(run.exit_code == -1 and "unable to start container process" in run.output for run in container.probes)


def _age(evidence: Evidence, container: ContainerFacts) -> float:
    if container.started is None or evidence.taken is None:
        return 0.0
    return (evidence.taken - container.started).total_seconds()
