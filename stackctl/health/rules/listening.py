"""A service that runs, is published, and listens where nobody reaches it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackctl.health.rules.say import edit, find, last_lines, log_proof, logs_in_trouble
from stackctl.health.trouble import worst
from stackctl.health.verdict import Proof, Verdict

if TYPE_CHECKING:
    from stackctl.health.evidence import Evidence, ServiceEvidence

# Without a health check a service that has not opened its port yet is a slow starter; after so long it is no longer.
PATIENCE_SECONDS = 60.0


_IN_USE = re.compile(
    r"[Aa]ddress (?:is )?already in use|\bEADDRINUSE\b|Only one usage of each socket address"
    r"|[Pp]ort \d+ (?:was|is) already in use"
)
_PORT = re.compile(r":::?(\d{2,5})\b|(?:[\w.\]*]:|port[ =:]+)(\d{2,5})\b")


def taken(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """It wants a port that another process of its network has: the host's own, or that of the service it joins."""
    hit = find(_IN_USE, logs_in_trouble(evidence, service))
    if hit is None:
        return None
    number = next((found for found in (_PORT.search(hit[1].text),) if found), None)
    port = (number[1] or number[2]) if number else ""
    mode = service.network_mode
    where = "of this machine (network_mode: host)" if mode == "host" else "in its container"
    where = f"in the network of {mode.partition(':')[2]}, which it shares" if mode.startswith("service:") else where
    cause = f"the port {f'{port} ' if port else ''}that {service.name} listens on is taken {where}"
    fix = edit(service, ("command", "network_mode", "environment"), "free the port, or let it listen on another")
    return Verdict("port-in-use", service.name, cause, (log_proof(service, hit[1]),), fix, at=hit[1].at)


def published(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """Compare what the file publishes with what listens in the container."""
    container, _trouble = worst(evidence, service)
    wanted = [port for port in service.ports if port.published and port.protocol == "tcp"]
    if container is None or container.state != "running" or container.listeners is None or not wanted:
        return None
    for port in wanted:
        mine = [item for item in container.listeners if item.port == port.target]
        if mine and all(item.loopback for item in mine):
            return loopback(service, port.target)
    late = service.name in evidence.timed_out
    age = (evidence.taken - container.started).total_seconds() if evidence.taken and container.started else 0.0
    if container.listeners or container.health or not (late or age > PATIENCE_SECONDS):
        return None
    cause = f"{service.name} runs and listens on no port; the file publishes {wanted[0].target}"
    fix = edit(service, ("command", "entrypoint"), "see why it does not serve: its last lines, its command")
    proofs = (Proof(f"container of {service.name}", "listens on no port", evidence.taken),)
    return Verdict(
        "never-listening",
        service.name,
        cause,
        (*proofs, *last_lines(service, container, 2)),
        fix,
        confidence="medium",
        at=container.started,
    )


def loopback(service: ServiceEvidence, port: int) -> Verdict:
    """Give the verdict for a server that only its own container reaches."""
    cause = f"{service.name} listens on its own loopback only (127.0.0.1:{port}), so nobody outside it gets an answer"
    fix = edit(service, ("command", "environment"), "let it listen on 0.0.0.0")
    proof = Proof(f"container of {service.name}", f"listens on 127.0.0.1:{port} and no other address")
    return Verdict("listens-on-loopback", service.name, cause, (proof,), fix)
