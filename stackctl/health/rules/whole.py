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
