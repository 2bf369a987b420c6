"""Where a service can be reached, from what its driver says and what is published. Values only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from stackctl.services.base import Endpoint
from stackctl.services.derivation import user_info
from stackctl.services.known_ports import scheme_of
from stackctl.services.registry import driver_for
from stackctl.stack.labels import PATH, PROBE, SCHEME, USER


class Published(Protocol):
    """A published port, as the engine tells it."""

    @property
    def host_ip(self) -> str:
        """Where the host listens."""
        ...

    @property
    def host_port(self) -> int:
        """The host's port."""
        ...

    @property
    def container_port(self) -> int:
        """The container's port."""
        ...


@dataclass(frozen=True)
class Address:
    """One address: what it is, the URL without a password, the login name, and the secret that holds its password."""

    service: str
    label: str
    url: str
    user: str = ""
    secret: str = ""
    tail: str = ""
    main: bool = True

    def uri(self, user: str, password: str) -> str:
        """Give the connection URI with this login, percent-encoded (RFC 3986), as clients take it."""
        scheme, _separator, rest = self.url.partition("://")
        return f"{scheme}://{user_info(user, password)}@{rest}{self.tail}"


def addresses(service: str, image: str, labels: Mapping[str, str], ports: Iterable[Published]) -> list[Address]:
    """Give every address at which a service is published, the driver's main endpoint first."""
    driver = driver_for(image, labels)
    # A page that only a probe asks for is no address to begin with, where there is another.
    first = 1 if PROBE in labels and not driver.login else 0
    ordered = (*driver.endpoints[first:], *driver.endpoints[:first])
    known = {endpoint.port: (rank, endpoint) for rank, endpoint in enumerate(ordered)}
    found: list[tuple[int, int, Address]] = []
    for port in ports:
        rank, endpoint = known.get(port.container_port, (len(known), _unknown(port.container_port, labels)))
        login = driver.login if rank == 0 else None
        address = Address(
            service,
            endpoint.label or service,
            f"{endpoint.scheme}://{_host(port.host_ip)}:{port.host_port}{endpoint.path}",
            (labels.get(USER) or login.user) if login else "",
            login.secret if login else "",
            endpoint.tail,
            rank == 0 or not known,
        )
        found.append((rank, port.host_port, address))
    return list(dict.fromkeys(address for _rank, _port, address in sorted(found, key=lambda item: item[:2])))


def _unknown(port: int, labels: Mapping[str, str]) -> Endpoint:
    return Endpoint(port, labels.get(SCHEME) or scheme_of(port), labels.get(PATH, ""))


def _host(ip: str) -> str:
    # A wildcard address is no place to connect to; `localhost` may resolve to ::1 first, where nothing listens.
    if ip in ("", "0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{ip}]" if ":" in ip else ip
