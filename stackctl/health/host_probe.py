"""The driver's own probe, for a known service without a health check: by whom it can be asked, and what it said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from stackctl.engine.speak import Reply, http_ready, mongo_hello, redis_ping
from stackctl.services.registry import driver_for

if TYPE_CHECKING:
    from stackctl.engine.address import EngineAddress
    from stackctl.engine.values import Container
    from stackctl.services.base import Driver

SECONDS = 1.0
KINDS = ("http", "redis", "mongo")


@dataclass(frozen=True)
class Question:
    """Ask `host:port` in its own protocol: from this machine, or (`network`) from a helper in that network."""

    kind: Literal["http", "redis", "mongo"]
    host: str
    port: int
    path: str = ""
    network: str = ""


def questions(container: Container, address: EngineAddress) -> list[Question]:
    """Give the ways to ask a container, the cheapest first: published port, its address, a helper in its network.

    None where nobody knows what to ask. A service that publishes other ports than the one that we know has been moved
    by whoever wrote that.
    """
    driver = driver_for(container.image, container.labels)
    if not driver.endpoints or driver.probe not in KINDS:
        return []
    port = driver.endpoints[0].port
    published = [item for item in container.ports if item.container_port == port and item.protocol == "tcp"]
    if container.ports and not published:
        return []
    found = []
    if published and address.local:
        found.append(_question(driver, published[0].near_ip, published[0].host_port))
    for network, own in container.networks.items():
        if own and address.reaches_containers and not published:
            found.append(_question(driver, own, port))
        if own:
            found.append(_question(driver, own, port, network))
    return found


def ask(question: Question) -> Reply:
    """Ask from this machine, for at most a second."""
    if question.kind == "http":
        return http_ready(question.host, question.port, SECONDS, question.path)
    if question.kind == "redis":
        return redis_ping(question.host, question.port, SECONDS)
    return mongo_hello(question.host, question.port, SECONDS)


def _question(driver: Driver, host: str, port: int, network: str = "") -> Question:
    assert driver.probe != "tcp"
    return Question(driver.probe, host, port, driver.probe_path, network)
