"""Host ports before a start: wanted twice, taken by somebody else, or on an address that this machine lacks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from stackctl.doctor.addresses import Wanted, overlap, show, wanted_ports
from stackctl.doctor.owner import PortOwner, container_on, container_owner, process_owner
from stackctl.errors import Finding, StartError

if TYPE_CHECKING:
    from stackctl.doctor.around import Neighbour
    from stackctl.doctor.host import Host
    from stackctl.stack.model import Port, Stack

LAST_PORT = 65535
FIRST_COMMON_PORT = 1024


@dataclass(frozen=True)
class PortClash:
    """A host port that a service wants and somebody else has."""

    service: str
    port: Port
    owner: PortOwner

    def finding(self) -> Finding:
        """Give it as a finding: who has it, and the command that frees it."""
        message = f"port {show(self.port)} of {self.service} is taken by {self.owner}"
        hint = f"{self.owner.way_out}; or take the next free port: --auto-ports"
        return Finding("port-in-use", "error", self.service, message, hint)


def find_clashes(
    stack: Stack, services: Collection[str], neighbours: Sequence[Neighbour], host: Host, *, local: bool = True
) -> list[PortClash]:
    """Give the ports wanted by these services that are taken, and not by the very service's own running container.

    `local` is false for a remote engine: then only its containers can tell.
    """
    clashes = []
    for wanted in _all_wanted(stack, services):
        found = [
            _clash(wanted.service, port, stack.name, neighbours, host if local else None) for port in wanted.choices
        ]
        if all(found):
            clashes.append(found[0])
    return [clash for clash in clashes if clash is not None]


def port_findings(
    stack: Stack, services: Collection[str], neighbours: Sequence[Neighbour], host: Host, *, local: bool = True
) -> list[Finding]:
    """Give everything that is wrong with the host ports of these services."""
    findings = duplicates(stack, services)
    if local:
        findings += _absent(stack, services, host)
    return findings + [clash.finding() for clash in find_clashes(stack, services, neighbours, host, local=local)]


def duplicates(stack: Stack, services: Collection[str]) -> list[Finding]:
    """Give the host ports that two services of the model want, or two copies of one service."""
    findings = []
    seen: list[Wanted] = []
    for wanted in _all_wanted(stack, services):
        if len(wanted.choices) > 1:
            continue
        for other in seen:
            if _same(other.port, wanted.port) and other != wanted:
                message = f"{other.service} and {wanted.service} both want the host port {show(wanted.port)}"
                if other.service == wanted.service:
                    message = f"{wanted.service} publishes two of its ports on the host port {show(wanted.port)}"
                findings.append(_duplicate(wanted.service, message, "publish one of them on another host port"))
        copies = stack.services[wanted.service].replicas
        if copies > 1:
            message = f"{copies} copies of {wanted.service} want the one host port {show(wanted.port)}"
            hint = f"publish a range ({wanted.port.published}-{wanted.port.published + copies - 1}), or no fixed port"
            findings.append(_duplicate(wanted.service, message, hint))
        seen.append(wanted)
    return findings


def next_free(port: Port, host: Host, avoid: Collection[int] = ()) -> int:
    """Give the next host port above this one that is free on the same address and not in `avoid`.

    Raises StartError where none is left.
    """
    above = range(port.published + 1, LAST_PORT + 1)
    below = range(FIRST_COMMON_PORT, min(port.published, LAST_PORT))
    for number in chain(above, below):
        if number not in avoid and host.port_state(replace(port, published=number)) == "free":
            return number
    raise StartError(f"no host port is free for {show(port)}", "stop some of what runs", code="port-in-use")


def _clash(
    service: str, port: Port, project: str, neighbours: Sequence[Neighbour], host: Host | None
) -> PortClash | None:
    own = [item for item in neighbours if (item.project, item.service) == (project, service)]
    others = [item for item in neighbours if (item.project, item.service) != (project, service)]
    holder = container_on(port, others)
    if holder:
        return PortClash(service, port, container_owner(holder, project))
    if container_on(port, own) or host is None or host.port_state(port) != "taken":
        return None
    return PortClash(service, port, process_owner(port, host))


def _absent(stack: Stack, services: Collection[str], host: Host) -> list[Finding]:
    addresses = {
        (wanted.service, wanted.port.host_ip): wanted.port
        for wanted in _all_wanted(stack, services)
        if wanted.port.host_ip
    }
    return [
        Finding(
            "port-address-missing",
            "error",
            service,
            f"{service} publishes on {address}, which is no address of this machine",
            "use 127.0.0.1, or an address that `ip addr` shows",
        )
        for (service, address), port in addresses.items()
        if host.port_state(port) == "no-address"
    ]


def _all_wanted(stack: Stack, services: Collection[str]) -> list[Wanted]:
    names = [name for name in stack.services if name in services]
    return [wanted for name in names for wanted in wanted_ports(stack.services[name])]


def _same(one: Port, other: Port) -> bool:
    same_number = (one.published, one.protocol) == (other.published, other.protocol)
    return same_number and overlap(one.host_ip, other.host_ip)


def _duplicate(service: str, message: str, hint: str) -> Finding:
    return Finding("port-duplicate", "error", service, message, hint)
