"""How many subnets an engine has left for new networks."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from ipaddress import IPv4Network, ip_network
from typing import TYPE_CHECKING

from stackctl.doctor.around import read_networks
from stackctl.errors import EngineError

if TYPE_CHECKING:
    from stackctl.engine.door import Engine

SECONDS = 15.0
# What an engine uses that says nothing of pools, as (base, prefix length of a network).
USUAL_POOLS = (
    *(("172.17.0.0/16", 16), ("172.18.0.0/16", 16), ("172.19.0.0/16", 16)),
    *(("172.20.0.0/14", 16), ("172.24.0.0/14", 16), ("172.28.0.0/14", 16)),
    ("192.168.0.0/16", 20),
)
# A pool may be cut into a million; whoever has this many has enough.
ENOUGH = 64


def subnets_left(engine: Engine) -> int | None:
    """Give how many networks the engine can still make (64 is "enough"), None where it cannot be read."""
    try:
        outcome = engine.run(("info", "--format", "{{json .DefaultAddressPools}}"), timeout=SECONDS)
        taken = [subnet for subnets in read_networks(engine).values() for subnet in subnets]
        written = json.loads(outcome.out) if outcome.code == 0 else None
    except (EngineError, ValueError):
        return None
    pools = [(str(item["Base"]), int(item["Size"])) for item in written or ()] or USUAL_POOLS
    return count_left(pools, taken)


def count_left(pools: Sequence[tuple[str, int]], taken: Collection[str]) -> int:
    """Count the networks that pools can be cut into and that overlap none that is taken."""
    used = [net for net in map(_ipv4, taken) if net]
    left = 0
    for base, size in pools:
        whole = _ipv4(base)
        if whole is None or size < whole.prefixlen:
            continue
        for subnet in whole.subnets(new_prefix=size):
            left += not any(subnet.overlaps(other) for other in used)
            if left >= ENOUGH:
                return left
    return left


def _ipv4(text: str) -> IPv4Network | None:
    try:
        found = ip_network(text, strict=False)
    except ValueError:
        return None
    return found if isinstance(found, IPv4Network) else None
