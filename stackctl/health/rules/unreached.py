"""Who is to blame when a client finds nobody: the name, the network, the port, or the one who should answer."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from stackctl.health.rules.addresses import LOOPBACK
from stackctl.health.rules.complaints import Complaint, refused_address, target, unknown_name
from stackctl.health.rules.listening import loopback
from stackctl.health.rules.say import cut, edit
from stackctl.health.trouble import worst
from stackctl.health.verdict import Fix, Proof, Verdict

if TYPE_CHECKING:
    from stackctl.health.evidence import ContainerFacts, Evidence, ServiceEvidence


def unknown_host(evidence: Evidence, service: ServiceEvidence, said: Complaint) -> Verdict:
    """Give the verdict for a name that was not found."""
    said = unknown_name(evidence, service, said)
    other = target(evidence, service, said) if said.host else None
    if other is not None and other is not service:
        standing, trouble = worst(evidence, other)
        if trouble or standing is None or standing.state != "running":
            cause = f"{service.name} looks for {other.name}, which does not run"
            fix = Fix(f"start {other.name}", command=f"{evidence.command} up -d {other.name}")
            return replace(_verdict("dependency-unknown-host", service, cause, said, fix), culprit=other.name)
        if not set(other.networks) & set(service.networks):
            cause = f"{service.name} does not find {other.name}: they share no network"
            fix = edit(service, ("networks",), f"put both on one network ({', '.join(other.networks)})")
            return _verdict("dependency-unknown-host", service, cause, said, fix)
    if said.host in evidence.dormant:
        cause = f"{service.name} looks for {said.host}, which does not run: its profile is not active"
        fix = Fix(f"start {said.host} too, by its name or its profile", f"{evidence.command} up -d {said.host}")
        return _verdict("dependency-unknown-host", service, cause, said, fix)
    known = sorted(set(evidence.services) - {service.name}) or sorted(evidence.services)
    close = get_close_matches(said.host, known, 1, 0.6)
    hint = f"did you mean {close[0]}?" if close else f"the services here are {', '.join(known)}"
    cause = f"{service.name} looks for the host {said.host or 'of its dependency'}, which nobody here is called"
    fix = edit(service, (*where_written(service, said.host), "environment", "command"), f"correct the name: {hint}")
    return _verdict("dependency-unknown-host", service, cause, said, fix)


def refused(evidence: Evidence, service: ServiceEvidence, said: Complaint) -> Verdict:
    """Give the verdict for a connection that nobody took."""
    said = refused_address(evidence, service, said)
    if LOOPBACK.match(said.host):
        port = f":{said.port}" if said.port else ""
        cause = f"{service.name} connects to {said.host}{port}, which is its own container; nobody listens there"
        keys = (*where_written(service, said.host), "environment", "command")
        fix = edit(service, keys, "name the service instead of localhost")
        return _verdict("dependency-refused", service, cause, said, fix)
    other = target(evidence, service, said)
    if other is None or other is service:
        who = f"{said.host}{f':{said.port}' if said.port else ''}" if said.host else "what it needs"
        cause = f"{service.name} gets no answer from {who}"
        fix = edit(service, ("environment", "command"), "correct the address, or start what it needs")
        found = _verdict("dependency-refused", service, cause, said, fix)
        return replace(found, confidence="high" if said.host else "medium")
    standing, trouble = worst(evidence, other)
    if trouble or standing is None or standing.state != "running":
        cause = f"{service.name} gets no answer from {other.name}, which does not stand"
        fix = Fix(f"see why: stackctl why {other.name}", command=f"{evidence.command} logs --tail 50 {other.name}")
        return replace(_verdict("dependency-refused", service, cause, said, fix), culprit=other.name)
    mine = [item for item in standing.listeners or () if not said.port or item.port == said.port]
    if mine and all(item.loopback for item in mine):
        found = loopback(other, said.port or mine[0].port)
        proofs = (*said.proofs(service), *found.evidence)
        return Verdict(found.code, other.name, found.cause, proofs, found.fix, at=said.line.at)
    return _open_elsewhere(service, other, standing, said)


def _open_elsewhere(
    service: ServiceEvidence, other: ServiceEvidence, standing: ContainerFacts, said: Complaint
) -> Verdict:
    ports = sorted({item.port for item in standing.listeners or () if not item.loopback})
    if said.port and standing.listeners is not None and said.port not in ports:
        listens = f"listens on {', '.join(map(str, ports))}" if ports else "listens on no port"
        cause = f"{service.name} connects to {other.name}:{said.port}, and {other.name} {listens}"
        keys = (*where_written(service, str(said.port)), "environment", "command")
        found = _verdict("dependency-refused", service, cause, said, edit(service, keys, "correct the port"))
        return replace(found, evidence=(*found.evidence, Proof(f"container of {other.name}", listens)))
    tries = max((item.restarts for item in service.containers), default=0)
    if service.depends_on.get(other.name, "") != "service_healthy" and not tries:
        cause = f"{service.name} connected to {other.name} before it was ready, and gave up"
        text = f"let it wait: depends_on: {{{other.name}: {{condition: service_healthy}}}}, or try again in the app"
        return _verdict("dependency-refused", service, cause, said, edit(service, ("depends_on",), text))
    cause = f"{service.name} gets no answer from {other.name}"
    fix = edit(service, (*where_written(service, other.name), "environment", "command"), "correct the address")
    return replace(_verdict("dependency-refused", service, cause, said, fix), confidence="medium")


def where_written(service: ServiceEvidence, word: str) -> tuple[str, ...]:
    """Give the places of the variables that hold a word."""
    pattern = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
    return tuple(
        f"environment.{name}" for name, value in service.environment.items() if word and value and pattern.search(value)
    )


def _verdict(code: str, service: ServiceEvidence, cause: str, said: Complaint, fix: Fix) -> Verdict:
    return Verdict(code, service.name, cut(cause), said.proofs(service), fix, at=said.line.at)
