"""Which TCP ports listen, from the text of /proc/net/tcp and /proc/net/tcp6."""

from __future__ import annotations

from stackctl.health.evidence import Listener

_LISTEN = "0A"
_ANY = ("00000000", "0" * 32)
_LOOPBACK6 = "00000000000000000000000001000000"
# Docker's own name server listens on 127.0.0.11 in every container of a user-made network.
_DOCKER_DNS = "0B00007F"


def read_listeners(text: str) -> tuple[Listener, ...]:
    """Give each listening port once; a port that is open to others as well is not a loopback one."""
    found: dict[int, bool] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) < 4 or words[3] != _LISTEN or ":" not in words[1]:
            continue
        address, _colon, port = words[1].partition(":")
        if address == _DOCKER_DNS:
            continue
        loopback = (address.endswith("7F") and len(address) == 8) or address == _LOOPBACK6
        number = int(port, 16)
        found[number] = loopback and found.get(number, True)
    return tuple(Listener(port, loopback) for port, loopback in sorted(found.items()))
