"""Which published addresses exclude each other, and what a service publishes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stackctl.stack.model import Port, Service

_V4 = "0.0.0.0"  # noqa: S104 - compared, not bound
_V6 = "::"


@dataclass(frozen=True)
class Wanted:
    """A host port that a service asks for; `choices` has more than one where the file gives a range."""

    service: str
    choices: tuple[Port, ...]

    @property
    def port(self) -> Port:
        """Give the first choice."""
        return self.choices[0]


def wanted_ports(service: Service) -> list[Wanted]:
    """Give what the service publishes on fixed host ports; none in the host's own network, where ports are ignored.

    Of a range (`8080-8085:80`) the engine takes the first that is free. It stays a range in Compose's JSON.
    """
    if service.raw.get("network_mode") == "host" or service.replicas == 0:
        return []
    raw_ports = service.raw.get("ports") or ()
    if len(raw_ports) != len(service.ports):  # a service whose ports were chosen anew
        raw_ports = [{}] * len(service.ports)
    return [
        Wanted(service.name, _choices(port, raw))
        for port, raw in zip(service.ports, raw_ports, strict=True)
        if port.published
    ]


def overlap(one: str, other: str) -> bool:
    """Say whether two host addresses cannot have the same port: equal, or one is the wildcard of the other's family.

    No address is every one of both families. Docker binds `::` for IPv6 only.
    """
    if one == other or "" in (one, other):
        return True
    if (":" in one) != (":" in other):
        return False
    return bool({one, other} & {_V4, _V6})


def show(port: Port) -> str:
    """Give the port as a person writes it: `8080`, `127.0.0.2:8080`, `53/udp`; the usual addresses are left out."""
    usual = port.host_ip in ("", _V4, _V6, "127.0.0.1", "::1")
    address = "" if usual else f"[{port.host_ip}]:" if ":" in port.host_ip else f"{port.host_ip}:"
    return f"{address}{port.published}" + ("" if port.protocol == "tcp" else f"/{port.protocol}")


def _choices(port: Port, raw: Mapping[str, Any]) -> tuple[Port, ...]:
    first, dash, last = str(raw.get("published") or "").partition("-")
    if not (dash and first == str(port.published) and last.isdigit()):
        return (port,)
    return tuple(replace(port, published=number) for number in range(int(first), int(last) + 1)) or (port,)
