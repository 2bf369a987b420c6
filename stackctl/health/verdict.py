"""Why a stack does not stand: evidence in, verdicts out, the first cause first. Runs nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from stackctl.health.evidence import Evidence, ServiceEvidence

Confidence = Literal["high", "medium", "low"]

# Codes that say that something is wrong, not why: a cause further down the graph, or a better rule, beats them.
WEAK = frozenset(
    (
        "crashed",
        "crash-loop",
        "exited-early",
        "one-shot-failed",
        "probe-failing",
        "probe-timeout",
        "never-listening",
        "dependency-refused",
        "dependency-unknown-host",
        "dependency-failed",
        "unknown",
    )
)


@dataclass(frozen=True)
class Proof:
    """One line that proves a verdict: where it was seen, its words, its time."""

    source: str
    text: str
    at: datetime | None = None

    def as_dict(self) -> dict[str, str | None]:
        """Give it as it stands in the JSON envelope."""
        return {"source": self.source, "text": self.text, "at": self.at.isoformat() if self.at else None}


@dataclass(frozen=True)
class Fix:
    """The way out: a sentence, and where there is one the command, or the file and line to edit."""

    text: str
    command: str | None = None
    file: str | None = None
    line: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Give it as it stands in the JSON envelope."""
        return {"text": self.text, "command": self.command, "file": self.file, "line": self.line}


@dataclass(frozen=True)
class Verdict:
    """One cause. `service` is the one whose definition or data must change, empty where it is none of them.

    `culprit` names the service that a symptom points at: should that one have a cause of its own, this is its victim.
    """

    code: str
    service: str
    cause: str
    evidence: tuple[Proof, ...] = ()
    fix: Fix = Fix("")
    because_of_it: tuple[str, ...] = ()
    confidence: Confidence = "high"
    at: datetime | None = None
    culprit: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Give it as it stands in the JSON envelope."""
        return {
            "code": self.code,
            "service": self.service or None,
            "cause": self.cause,
            "evidence": [proof.as_dict() for proof in self.evidence],
            "fix": self.fix.as_dict(),
            "because_of_it": list(self.because_of_it),
            "confidence": self.confidence,
        }


Rule = Callable[["Evidence", "ServiceEvidence"], "Verdict | None"]


def verdicts(evidence: Evidence) -> list[Verdict]:
    """Give every independent cause, the earliest first; nothing for a stack that stands."""
    from stackctl.health.graph import below, depth, names_of
    from stackctl.health.rules import whole
    from stackctl.health.rules.table import examine
    from stackctl.health.trouble import trouble_of

    stack_wide = whole.verdict(evidence)
    if stack_wide is not None:
        return [stack_wide]
    found: dict[str, Verdict] = {}
    for service in evidence.services.values():
        verdict = examine(evidence, service)
        if verdict is not None:
            found.setdefault(service.name, verdict)
    by_cause = {verdict.service for verdict in found.values()}
    troubled = {name for name, service in evidence.services.items() if trouble_of(evidence, service)} | set(found)
    roots: dict[tuple[str, str], Verdict] = {}
    victims: dict[str, str] = {}
    for name, verdict in found.items():
        cause = _blamed(evidence, name, verdict, found)
        if cause:
            victims[name] = cause
        else:
            roots.setdefault((verdict.service, verdict.code), verdict)
    if not roots:
        return whole.not_made(evidence)
    # Nothing was made because of it: what needs it, would fail as well.
    troubled |= {name for name, service in evidence.services.items() if service.replicas and not service.containers}
    known = {verdict.service for verdict in roots.values()} | by_cause
    result = []
    for verdict in roots.values():
        hit = {
            name
            for name in troubled - {verdict.service}
            if verdict.service in below(evidence, name) or victims.get(name) == verdict.service
        }
        hit |= {name for name, other in found.items() if other.service == verdict.service and name != verdict.service}
        hit -= {other for other in known if other in {item.service for item in roots.values()}}
        result.append(replace(verdict, because_of_it=names_of(evidence, hit)))
    early = datetime.min
    return sorted(
        result,
        key=lambda item: (
            item.at is not None,
            item.at.replace(tzinfo=None) if item.at else early,
            depth(evidence, item.service),
            item.service,
        ),
    )


def _blamed(evidence: Evidence, name: str, verdict: Verdict, found: dict[str, Verdict]) -> str:
    """Give the service that this one fails because of, empty where its verdict is a first cause."""
    from stackctl.health.graph import below, mentions, never_ran

    if verdict.service != name and verdict.service in found:
        # Two services complain of a third, which has words of its own: those come first.
        return verdict.service if found[verdict.service].code not in WEAK else ""
    if verdict.code not in WEAK:
        return ""
    if verdict.culprit and verdict.culprit != name and verdict.culprit in found:
        return verdict.culprit
    others = [other for other in below(evidence, name) if other in found and found[other].service != name]
    if not others:
        return ""
    service = evidence.services[name]
    if never_ran(service):
        return others[0]
    named = [other for other in others if mentions(service, other)]
    if named:
        return named[0]
    # It ran, failed without a reason, and something that it needs has one: that is the better answer.
    return others[0] if verdict.code in ("crashed", "crash-loop", "probe-failing", "unknown") else ""
