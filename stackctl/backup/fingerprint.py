"""Whether a service has the key that its data was sealed with, without keeping anything that gives the key away."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from stackctl.backup.logins import value_of

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.lifecycle.world import World
    from stackctl.services.base import Driver

# What Grafana seals the passwords of its data sources with, and its own default where nothing is set.
KEYS = {"grafana": ("GF_SECURITY_SECRET_KEY", "SW2YcwTIb9zpOOhoPsMm")}
_COST = {"n": 2**14, "r": 8, "p": 1}


def fingerprint(world: World, driver: Driver, container: Container | None) -> str:
    """Give the salted, slow digest of the service's key; empty where it has none or cannot be asked."""
    key = _key(world, driver, container)
    return _digest(key, world.entropy.take(16)) if key else ""


def same_key(world: World, driver: Driver, container: Container | None, recorded: str) -> bool:
    """Say whether the service has the recorded key now; where one of the two is unknown nothing speaks against it."""
    key = _key(world, driver, container)
    if not recorded or not key:
        return True
    return hmac.compare_digest(_digest(key, bytes.fromhex(recorded.split(":")[1])), recorded)


def _key(world: World, driver: Driver, container: Container | None) -> str:
    if driver.name not in KEYS or container is None:
        return ""
    name, default = KEYS[driver.name]
    value = value_of(world, container, name)
    world.mask.add(value)
    return value or default


def _digest(key: str, salt: bytes) -> str:
    return f"scrypt:{salt.hex()}:{hashlib.scrypt(key.encode(), salt=salt, dklen=32, **_COST).hex()}"
