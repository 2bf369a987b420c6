"""The addresses that a service is told, by its variables and its command: what it wanted where its log names nobody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.services.known_ports import scheme_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackctl.health.evidence import Evidence, ServiceEvidence

LOOPBACK = re.compile(r"^(?:localhost|127\.\d+\.\d+\.\d+|::1|\[::1\]|0\.0\.0\.0)$")
_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.:-]*)://(?:[^\s/@]*@)?(?P<host>[A-Za-z0-9][\w.-]*)(?::(?P<port>\d{1,5}))?(?![\w.-])"
)
_PAIR = re.compile(r"(?<![\w./:@-])(?P<host>[A-Za-z][\w.-]*|127\.0\.0\.1):(?P<port>\d{2,5})(?![\w.:])")
_KEYED = re.compile(
    r"(?i)\b(?:host|server|data source|address)=(?:tcp:)?(?P<host>[A-Za-z0-9][\w.-]*)"
    r"(?:[;, ]+(?:port=)?(?P<port>\d{2,5}))?"
)
_WORDS = re.compile(r"['\"](?P<host>[A-Za-z][\w.-]*)['\"], ?(?P<port>\d{2,5})\b")
_HOST_NAME = re.compile(r"(?P<stem>\w+?)_?(?:HOST|HOSTNAME|SERVER|ADDR|ADDRESS)$")
# Where a service itself listens, or how others call it, is no address that it connects to.
_OWN = re.compile(r"LISTEN|BIND|PUBLIC|ADVERTISED|ORIGIN|CORS|ALLOWED|CALLBACK|REDIRECT|(?:BASE|SITE|APP|ROOT)_UR[LI]$")
_WEB = ("http", "https", "ws", "wss", "tcp", "unix", "file")


@dataclass(frozen=True)
class Told:
    """One address: `where` is the variable that holds it (empty: the command), `port` 0 where none is written."""

    host: str
    port: int
    scheme: str
    where: str

    @property
    def loopback(self) -> bool:
        """Say whether it leads back into the service's own container."""
        return bool(LOOPBACK.match(self.host))

    @property
    def store(self) -> bool:
        """Say whether it is surely another server's: a page under `localhost` may be the service's own."""
        scheme = self.scheme or (scheme_of(self.port) if self.port else "")
        return scheme not in _WEB or (scheme in _WEB and bool(self.port) and scheme_of(self.port) not in _WEB)


def told(service: ServiceEvidence) -> list[Told]:
    """Give every address in what a service is told; values that are hidden have none."""
    found = [item for name, value in service.environment.items() if value for item in _variable(service, name, value)]
    for container in service.containers[:1]:
        for word in container.argv:
            found += [_told(match, "") for pattern in (_URL, _PAIR, _WORDS) for match in pattern.finditer(word)]
    return list(dict.fromkeys(found))


def _variable(service: ServiceEvidence, name: str, value: str) -> Iterator[Told]:
    if _OWN.search(name.upper()):
        return
    for pattern in (_URL, _PAIR, _KEYED):
        for match in pattern.finditer(value):
            yield _told(match, name)
    stem = _HOST_NAME.match(name.upper())
    if stem and re.fullmatch(r"[A-Za-z][\w.-]*|127\.0\.0\.1", value):
        beside = next((text for key, text in service.environment.items() if key.upper() == f"{stem['stem']}_PORT"), "")
        yield Told(value, int(beside) if beside and beside.isdigit() else 0, "", name)


def _told(match: re.Match[str], where: str) -> Told:
    groups = match.groupdict()
    return Told(groups["host"], int(groups.get("port") or 0), groups.get("scheme") or "", where)


def named(evidence: Evidence, host: str) -> ServiceEvidence | None:
    """Give the service that a host name or an address means."""
    for other in evidence.services.values():
        names = {other.name, other.container_name, *(item.name for item in other.containers)} - {""}
        addresses = {address for item in other.containers for address in item.addresses.values() if address}
        if host in names or host in addresses or host.split(".", maxsplit=1)[0] in names:
            return other
    return None
