"""A service that runs, is published, and listens where nobody reaches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.health.rules.say import edit, last_lines
from stackctl.health.trouble import worst
from stackctl.health.verdict import Proof, Verdict

if TYPE_CHECKING:
    from stackctl.health.evidence import Evidence, ServiceEvidence

# Without a health check a service that has not opened its port yet is a slow starter; after so long it is no longer.
PATIENCE_SECONDS = 60.0


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
