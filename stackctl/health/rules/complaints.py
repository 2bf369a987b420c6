"""What a client said: whom it wanted, and the line; where the line names nobody, whom it was told to ask."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stackctl.health.graph import below
from stackctl.health.rules.addresses import Told, named, told
from stackctl.health.rules.say import log_proof
from stackctl.health.trouble import worst
from stackctl.health.verdict import Proof

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackctl.health.evidence import Evidence, LogLine, ServiceEvidence
    from stackctl.services.apps import Words

_IN_VALUE = r"(?:^|[@/,])(?P<host>[A-Za-z][\w.-]*)(?::(?P<port>\d{2,5}))?(?:[/?,]|$)"


@dataclass(frozen=True)
class Complaint:
    """Whom a client wanted, the line that says so, and its source where that is not the log.

    `where` is the variable that names the address, where the line does not.
    """

    host: str
    port: int
    line: LogLine
    words: Words
    source: str = ""
    where: str = ""

    def proofs(self, service: ServiceEvidence) -> tuple[Proof, ...]:
        """Quote the line, and the address where it was read elsewhere."""
        said = log_proof(service, self.line)
        proofs = (replace(said, source=self.source) if self.source else said,)
        if not self.where:
            return proofs
        address = f"{self.host}:{self.port}" if self.port else self.host
        return (*proofs, Proof(f"definition of {service.name}", f"{self.where} says {address}"))


def read(lines: Iterable[LogLine], table: tuple[Words, ...]) -> Complaint | None:
    """Give the first words of a table that the lines hold; the table is in the order of how sure its words are."""
    lines = tuple(lines)
    for words in table:
        pattern = re.compile(words.pattern)
        for line in lines:
            match = pattern.search(line.text)
            if match:
                groups = match.groupdict()
                # A client of MySQL takes `localhost` for the file of a socket in its own container.
                own = "localhost" if words.meaning == "socket" else ""
                return Complaint(groups.get("host") or own, int(groups.get("port") or 0), line, words)
    return None


def target(evidence: Evidence, service: ServiceEvidence, said: Complaint) -> ServiceEvidence | None:
    """Give the service that was meant: by its name, its address, else the only store among those it needs."""
    if said.host:
        return named(evidence, said.host)
    needed = [evidence.services[name] for name in below(evidence, service.name)]
    hosts = {name for value in service.environment.values() for name in _hosts(value)}
    hosts |= {name for item in service.containers for word in item.argv for name in _hosts(word)}
    candidates = [item for item in evidence.services.values() if item.name in hosts and item.name != service.name]
    candidates = candidates or needed
    if said.words.driver:
        candidates = [item for item in candidates if item.driver == said.words.driver] or [
            item for item in evidence.services.values() if item.driver == said.words.driver and item is not service
        ]
    return candidates[0] if len(candidates) == 1 else None


def _hosts(value: str | None) -> list[str]:
    return [match["host"] for match in re.finditer(_IN_VALUE, value or "")]


def refused_address(evidence: Evidence, service: ServiceEvidence, said: Complaint) -> Complaint:
    """Fill in where a refused client connected to: the one address it is told that can be shown to be wrong."""
    if said.host and said.port:
        return said
    known = [item for item in told(service) if not said.host or item.host == said.host]
    wrong = [item for item in known if _refuses(evidence, service, item)]
    if said.host:
        return replace(said, port=wrong[0].port, where=_place(wrong[0])) if len(wrong) == 1 else said
    return _with(said, wrong[0]) if len(wrong) == 1 else said


def unknown_name(evidence: Evidence, service: ServiceEvidence, said: Complaint) -> Complaint:
    """Fill in the name that nobody found: the one host it is told that its networks do not know."""
    if said.host:
        return said
    lost = {item.host: item for item in told(service) if _lost(evidence, service, item)}
    plain = {host: item for host, item in lost.items() if "." not in host}
    lost = plain or lost
    return _with(said, next(iter(lost.values()))) if len(lost) == 1 else said


def _refuses(evidence: Evidence, service: ServiceEvidence, address: Told) -> bool:
    if address.loopback:
        return address.store and not _listens(service, address.port)
    other = named(evidence, address.host)
    if other is None or other is service or not address.port:
        return False
    standing, trouble = worst(evidence, other)
    if standing is None or trouble or standing.listeners is None:
        return False
    return all(item.loopback for item in standing.listeners if item.port == address.port)


def _listens(service: ServiceEvidence, port: int) -> bool:
    return any(item.port == port for container in service.containers for item in container.listeners or ())


def _lost(evidence: Evidence, service: ServiceEvidence, address: Told) -> bool:
    if address.loopback or re.fullmatch(r"[\d.]+", address.host) or address.host == "host.docker.internal":
        return False
    other = named(evidence, address.host)
    if other is None:
        return True
    if other is service:
        return False
    running = any(item.state == "running" for item in other.containers)
    return not running or not set(other.networks) & set(service.networks)


def _with(said: Complaint, address: Told) -> Complaint:
    return replace(said, host=address.host, port=address.port, where=_place(address))


def _place(address: Told) -> str:
    return address.where or "its command"
