"""What came of a start, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.services.addresses import addresses

if TYPE_CHECKING:
    from stackctl.errors import Finding
    from stackctl.health.wait import Waited
    from stackctl.lifecycle.plan import UpPlan


@dataclass(frozen=True)
class ServiceRow:
    """How one service ended up: `ready` or `done`, in words, seconds until then, where it is, what was done to it."""

    service: str
    state: str
    text: str
    seconds: float | None
    urls: tuple[str, ...]
    did: str


@dataclass(frozen=True)
class UpResult:
    """What came of a start. `chain` is the line of services that explains how long it took."""

    title: str
    project: str
    rows: tuple[ServiceRow, ...]
    unchanged: bool
    seconds: float
    findings: tuple[Finding, ...]
    chain: str = ""


def outcome_of(plan: UpPlan, waited: Waited | None, seconds: float) -> UpResult:
    """Give the result; `waited` is None where nothing was to be done."""
    did = _did(plan)
    rows = []
    for name in plan.selected:
        standing = waited.standings.get(name) if waited else None
        containers = plan.scene.of(name)
        found = [address for item in containers for address in addresses(name, item.image, item.labels, item.ports)]
        rows.append(
            ServiceRow(
                service=name,
                state=standing.state if standing else "ready" if any(item.running for item in containers) else "done",
                text=standing.text if standing else "",
                seconds=waited.seconds.get(name) if waited else None,
                urls=tuple(dict.fromkeys(address.url for address in found)),
                did=did.get(name, "kept"),
            )
        )
    findings = (*plan.findings, *(waited.findings if waited else ()))
    return UpResult(plan.title, plan.scene.target.project, tuple(rows), plan.unchanged, seconds, findings)


def _did(plan: UpPlan) -> Mapping[str, str]:
    words = {"started": plan.starts, "created": plan.creates, "recreated": {**plan.recreates, **plan.touched}}
    found = {name: f"{verb}, {why}" if why else verb for verb, group in words.items() for name, why in group.items()}
    if plan.request.restart:
        found |= dict.fromkeys(plan.left, "restarted")
    return {**found, **{name: f"rebuilt, {why}" for name, why in plan.builds.items()}}
