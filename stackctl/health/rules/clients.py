"""An app that cannot reach, find or log in to what it needs. Who must change is often not the one who complains."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from stackctl.health.evidence import LogLine
from stackctl.health.graph import below
from stackctl.health.rules.listening import loopback
from stackctl.health.rules.say import CHANGED_FIX, cut, edit, last_words, log_proof, older_volume, state_proof
from stackctl.health.trouble import worst
from stackctl.health.verdict import Fix, Proof, Verdict
from stackctl.services.apps import AUTH, REFUSED, SILENT_TOOLS, UNKNOWN_HOST, Words

if TYPE_CHECKING:
    from stackctl.health.evidence import ContainerFacts, Evidence, ServiceEvidence

_LOOPBACK = re.compile(r"^(?:localhost|127\.\d+\.\d+\.\d+|::1|\[::1\]|0\.0\.0\.0)$")
_IN_VALUE = r"(?:^|[@/,])(?P<host>[A-Za-z][\w.-]*)(?::(?P<port>\d{2,5}))?(?:[/?,]|$)"


@dataclass(frozen=True)
class Complaint:
    """What a client said: whom it wanted, and the line."""

    host: str
    port: int
    line: LogLine
    words: Words


def complaint(evidence: Evidence, service: ServiceEvidence) -> Verdict | None:
    """Give the verdict for the last thing that the log of a service in trouble says about another one."""
    container, trouble = worst(evidence, service)
    if container is None or trouble in ("", "not started"):
        return None
    if service.driver != "generic" and trouble in ("unhealthy", "starting"):
        return None  # a store's log tells of others who fail to log in
    found = _read(container, UNKNOWN_HOST)
    if found:
        return _unknown_host(evidence, service, found)
    found = _read(container, AUTH)
    if found:
        return _auth(evidence, service, found)
    found = _read(container, REFUSED)
    if found:
        return _refused(evidence, service, found)
    return _silent_tool(evidence, service, container)


def _silent_tool(evidence: Evidence, service: ServiceEvidence, container: ContainerFacts) -> Verdict | None:
    """Read the exit code of curl or wget that were told to be quiet; the address is a word of the command."""
    words = " ".join(container.argv)
    tool = re.search(r"\b(curl|wget)\b", words)
    means = SILENT_TOOLS.get((tool[1] if tool else "", container.exit_code), "")
    where = re.search(r"\bhttps?://(?:[^\s/@]*@)?(?P<host>[\w.-]+)(?::(?P<port>\d+))?", words)
    if not means or where is None or any(line.text.strip() for line in container.logs):
        return None
    port = int(where["port"] or 80)
    proof = state_proof(service, container)
    line = LogLine(proof.text, proof.at)
    said = Complaint(where["host"], port, line, Words("", means))
    other = _target(evidence, service, said)
    apart = other is not None and not set(other.networks) & set(service.networks)
    if means == "host" or (means == "either" and (other is None or apart)):
        return _unknown_host(evidence, service, said)
    return _refused(evidence, service, said)


def _read(container: ContainerFacts, table: tuple[Words, ...]) -> Complaint | None:
    for words in table:
        pattern = re.compile(words.pattern)
        for line in last_words(container.logs):
            match = pattern.search(line.text)
            if match:
                groups = match.groupdict()
                return Complaint(groups.get("host") or "", int(groups.get("port") or 0), line, words)
    return None


def _target(evidence: Evidence, service: ServiceEvidence, said: Complaint) -> ServiceEvidence | None:
    """Give the service that was meant: by its name, its address, else the only store among those it needs."""
    for other in evidence.services.values():
        names = {other.name, *(item.name for item in other.containers)}
        addresses = {address for item in other.containers for address in item.addresses.values() if address}
        if said.host in names or said.host in addresses or said.host.split(".")[0] in names:
            return other
    if said.host:
        return None
    needed = [evidence.services[name] for name in below(evidence, service.name)]
    named = {name for value in service.environment.values() for name in _hosts(value)}
    named |= {name for item in service.containers for word in item.argv for name in _hosts(word)}
    candidates = [item for item in evidence.services.values() if item.name in named and item.name != service.name]
    candidates = candidates or needed
    if said.words.driver:
        candidates = [item for item in candidates if item.driver == said.words.driver] or [
            item for item in evidence.services.values() if item.driver == said.words.driver and item is not service
        ]
    return candidates[0] if len(candidates) == 1 else None


def _hosts(value: str | None) -> list[str]:
    return [match["host"] for match in re.finditer(_IN_VALUE, value or "")]


def _unknown_host(evidence: Evidence, service: ServiceEvidence, said: Complaint) -> Verdict:
    proof = log_proof(service, said.line)
    other = _target(evidence, service, said) if said.host else None
    if other is not None and other is not service:
        standing, trouble = worst(evidence, other)
        if trouble or standing is None or standing.state != "running":
            cause = f"{service.name} looks for {other.name}, which does not run"
            fix = Fix(f"start {other.name}", command=f"{evidence.command} up -d {other.name}")
            return replace(_verdict("dependency-unknown-host", service, cause, proof, fix), culprit=other.name)
        if not set(other.networks) & set(service.networks):
            cause = f"{service.name} does not find {other.name}: they share no network"
            fix = edit(service, ("networks",), f"put both on one network ({', '.join(other.networks)})")
            return _verdict("dependency-unknown-host", service, cause, proof, fix)
    known = sorted(evidence.services)
    close = get_close_matches(said.host, known, 1, 0.6)
    hint = f"did you mean {close[0]}?" if close else f"the services here are {', '.join(known)}"
    cause = f"{service.name} looks for the host {said.host or 'of its dependency'}, which nobody here is called"
    fix = edit(service, (*_where_written(service, said.host), "environment", "command"), f"correct the name: {hint}")
    return _verdict("dependency-unknown-host", service, cause, proof, fix)


def _refused(evidence: Evidence, service: ServiceEvidence, said: Complaint) -> Verdict:
    proof = log_proof(service, said.line)
    if _LOOPBACK.match(said.host):
        port = f":{said.port}" if said.port else ""
        cause = f"{service.name} connects to {said.host}{port}, which is its own container; nobody listens there"
        fix = edit(service, ("environment", "command"), "name the service instead of localhost")
        return _verdict("dependency-refused", service, cause, proof, fix)
    other = _target(evidence, service, said)
    if other is None or other is service:
        who = f"{said.host}{f':{said.port}' if said.port else ''}" if said.host else "what it needs"
        cause = f"{service.name} gets no answer from {who}"
        fix = edit(service, ("environment", "command"), "correct the address, or start what it needs")
        return replace(
            _verdict("dependency-refused", service, cause, proof, fix), confidence="high" if said.host else "medium"
        )
    standing, trouble = worst(evidence, other)
    if trouble or standing is None or standing.state != "running":
        cause = f"{service.name} gets no answer from {other.name}, which does not stand"
        fix = Fix(f"see why: stackctl why {other.name}", command=f"{evidence.command} logs --tail 50 {other.name}")
        return replace(_verdict("dependency-refused", service, cause, proof, fix), culprit=other.name)
    mine = [item for item in standing.listeners or () if item.port == said.port]
    if said.port and mine and all(item.loopback for item in mine):
        found = loopback(other, said.port)
        return Verdict(found.code, other.name, found.cause, (proof, *found.evidence), found.fix, at=said.line.at)
    return _open_elsewhere(service, other, standing, said, proof)


def _open_elsewhere(
    service: ServiceEvidence, other: ServiceEvidence, standing: ContainerFacts, said: Complaint, proof: Proof
) -> Verdict:
    ports = sorted({item.port for item in standing.listeners or () if not item.loopback})
    if said.port and standing.listeners is not None and said.port not in ports:
        listens = f"listens on {', '.join(map(str, ports))}" if ports else "listens on no port"
        cause = f"{service.name} connects to {other.name}:{said.port}, and {other.name} {listens}"
        seen = Proof(f"container of {other.name}", listens)
        fix = edit(service, (*_where_written(service, str(said.port)), "environment", "command"), "correct the port")
        found = _verdict("dependency-refused", service, cause, proof, fix)
        return Verdict(found.code, found.service, cause, (proof, seen), fix, at=found.at)
    condition = service.depends_on.get(other.name, "")
    if condition != "service_healthy":
        cause = f"{service.name} connected to {other.name} before it was ready, and gave up"
        text = f"let it wait: depends_on: {{{other.name}: {{condition: service_healthy}}}}, or try again in the app"
        return _verdict("dependency-refused", service, cause, proof, edit(service, ("depends_on",), text))
    cause = f"{service.name} gets no answer from {other.name}"
    fix = edit(service, ("environment", "command"), "correct the address")
    return replace(_verdict("dependency-refused", service, cause, proof, fix), confidence="medium")


def _auth(evidence: Evidence, service: ServiceEvidence, said: Complaint) -> Verdict:
    proof = log_proof(service, said.line)
    other = _target(evidence, service, said)
    store = other.name if other and other is not service else said.words.driver or "its store"
    changed = _credentials_changed(evidence, service, other) if other else None
    if changed and other:
        cause = f"{store} knows another password than {service.name}: its volume {changed} was made with an older one"
        return Verdict(
            "credentials-changed",
            other.name,
            cause,
            (proof, Proof("volume", f"{changed} is older than the container")),
            Fix(CHANGED_FIX),
            confidence="medium",
            at=said.line.at,
        )
    cause = f"{service.name} cannot log in to {store}: {said.words.meaning}"
    fix = edit(service, (*_where_written(service, store), "environment", "command"), f"give it the password of {store}")
    return _verdict("auth-failed", service, cause, proof, fix)


def _credentials_changed(evidence: Evidence, service: ServiceEvidence, store: ServiceEvidence) -> str:
    """Give the volume that outlived its password: both sides hold the same one, and the volume is older than both.

    Only for stores that keep the password in their data; Redis reads its own at every start.
    """
    if store.driver == "redis" or not set(store.fingerprints.values()) & set(service.fingerprints.values()):
        return ""
    return older_volume(evidence, store)


def _where_written(service: ServiceEvidence, word: str) -> tuple[str, ...]:
    """Give the place of the variable that holds a word."""
    pattern = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
    return tuple(
        f"environment.{name}" for name, value in service.environment.items() if value and pattern.search(value)
    )


def _verdict(code: str, service: ServiceEvidence, cause: str, proof: Proof, fix: Fix) -> Verdict:
    return Verdict(code, service.name, cut(cause), (proof,), fix, at=proof.at)
