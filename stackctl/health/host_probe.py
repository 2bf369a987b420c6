"""The driver's own probe, from the host: for a known service that has no health check."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from stackctl.engine.speak import Reply, http_ready, mongo_hello, redis_ping
from stackctl.services.registry import driver_for

if TYPE_CHECKING:
    from stackctl.engine.endpoint import Endpoint
    from stackctl.engine.values import Container
    from stackctl.services.base import Driver

Ask = Callable[["Container"], Reply | None]

SECONDS = 1.0


def asker(endpoint: Endpoint) -> Ask:
    """Give the function that asks a container of this engine.

    It gives None where there is nobody to ask: no driver, no published port and no address.
    """

    def ask(container: Container) -> Reply | None:
        driver = driver_for(container.image, container.labels)
        place = _place(driver, container, endpoint)
        return _say(driver, *place) if place else None

    return ask


def _place(driver: Driver, container: Container, endpoint: Endpoint) -> tuple[str, int] | None:
    if not driver.endpoints:
        return None
    port = driver.endpoints[0].port
    for binding in container.ports:
        if not endpoint.local:
            return None  # published, but on another machine
        if binding.container_port == port and binding.protocol == "tcp":
            wild = binding.host_ip in ("", "0.0.0.0", "::")  # noqa: S104 - compared, not bound
            return ("127.0.0.1" if wild else binding.host_ip), binding.host_port
    if container.ports or not endpoint.addresses:
        return None  # it is published, at another port than we know: whoever wrote that moved the service
    address = next((ip for ip in container.networks.values() if ip), "")
    return (address, port) if address else None


def _say(driver: Driver, host: str, port: int) -> Reply | None:
    if driver.probe == "http":
        return http_ready(host, port, SECONDS, driver.probe_path)
    if driver.probe == "redis":
        return redis_ping(host, port, SECONDS)
    if driver.probe == "mongo":
        return mongo_hello(host, port, SECONDS)
    return None
