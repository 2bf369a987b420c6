"""What stops the whole stack before any service is looked at: Compose's own complaint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.health.rules import engine_words
from stackctl.health.rules.say import cut
from stackctl.health.trouble import trouble_of
from stackctl.health.verdict import Fix, Proof, Verdict

if TYPE_CHECKING:
    from stackctl.health.evidence import Evidence, ServiceEvidence


def verdict(evidence: Evidence) -> Verdict | None:
    """Give the verdict where there is no model to look at: a variable, the engine, the file itself."""
    if evidence.services or not evidence.complaint:
        return None
    return _read(evidence, None)


def not_made(evidence: Evidence) -> list[Verdict]:
    """Give `unknown` where Compose has begun and made no container of a service, and nothing else says why.

    The engine keeps no word of a container that it refused to create; only who asked for it was told.
    """
    absent = [
        name
        for name, item in evidence.services.items()
        if not item.containers and trouble_of(evidence, item) == "absent"
    ]
    if absent or not any(item.containers for item in evidence.services.values()):
        full = next((item for item in evidence.findings if item.code == "disk-full"), None)
        if full:
            proof = Proof("this machine", full.message, evidence.taken)
            return [Verdict("disk-full", "", full.message, (proof,), Fix(full.hint, command="docker system df"))]
        if evidence.subnets_left == 0:
            return [_no_subnet(evidence)]
    if not absent:
        return []
    lines = [line for line in evidence.complaint.splitlines() if line.strip()]
    proof = Proof("engine", f"no container of {', '.join(absent)}; networks: {', '.join(evidence.networks) or 'none'}")
    if lines:
        proof = Proof("docker compose", cut(lines[-1]), evidence.taken)
    who = absent[0] if len(absent) == 1 else next((name for name in _meant(evidence) if lines), "")
    cause = f"no container of {' and '.join(absent)} was made, and nothing here says why"
    if lines:
        cause = f"the container of {who or 'a service'} could not be made: {proof.text}"
    fix = Fix("let Compose say it", command=f"{evidence.command} up -d --no-deps {' '.join(absent)}")
    return [Verdict("unknown", who, cause, (proof,), fix, confidence="low")]


def _no_subnet(evidence: Evidence) -> Verdict:
    proof = Proof("engine", "its address pools are used up, and a network of the project is not made", evidence.taken)
    fix = Fix("remove networks that nobody uses, or widen default-address-pools", command="docker network prune")
    return Verdict("address-pool-exhausted", "", "the engine has no subnet left for another network", (proof,), fix)


def complaint(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """Give what Compose complained of, for the service that it names or whose container it did not make."""
    if not evidence.complaint or service.name not in _meant(evidence):
        return None
    return _read(evidence, service)


def _meant(evidence: Evidence) -> list[str]:
    text = evidence.complaint
    absent = [
        name for name, item in evidence.services.items() if trouble_of(evidence, item) in ("absent", "not started")
    ]
    named = [name for name in absent if evidence.services[name].image and evidence.services[name].image in text]
    named = named or [name for name in absent if f"-{name}-" in text or f" {name} " in text or f'"{name}"' in text]
    return named or absent[:1]


def _read(evidence: Evidence, service: ServiceEvidence | None) -> Verdict | None:
    reading = engine_words.read(evidence.complaint, evidence, service)
    lines = [line for line in evidence.complaint.splitlines() if line.strip()]
    proof = Proof("docker compose", cut(lines[-1] if lines else ""), evidence.taken)
    if reading is None:
        if service is not None:
            return None
        fix = Fix("correct the file", command=f"{evidence.command} config --quiet")
        return Verdict("unknown", "", f"Compose refuses: {proof.text}", (proof,), fix, confidence="low")
    return Verdict(reading.code, service.name if service else "", reading.cause, (proof,), reading.fix)
