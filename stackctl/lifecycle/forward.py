"""Which port of a service to forward, where to, and by which way."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.engine.forward import RELAY, Route
from stackctl.errors import Misuse, StackctlError
from stackctl.lifecycle.enter import container_of, need_helper_image, relay_words
from stackctl.services.addresses import addresses
from stackctl.services.known_ports import scheme_of
from stackctl.services.registry import driver_for
from stackctl.stack.labels import PATH, SCHEME

if TYPE_CHECKING:
    from stackctl.engine.forward import Find
    from stackctl.engine.values import Container
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target

PAGES = ("http", "https")


@dataclass(frozen=True)
class Ports:
    """What was asked for: the container's port, the host's (0: any), and whether it must be that one."""

    local: int
    port: int
    wanted: bool


@dataclass(frozen=True)
class Page:
    """A page to open: a whole address, or one that is to be forwarded first."""

    url: str
    port: int = 0
    scheme: str = "http"
    path: str = ""


def parse_ports(text: str) -> Ports:
    """Read `[LOCAL:]PORT`. Raises Misuse."""
    local, colon, port = text.rpartition(":")
    try:
        ports = Ports(int(local) if colon else int(port), int(port), bool(colon) and int(local) != 0)
    except ValueError:
        ports = Ports(-1, -1, wanted=False)
    if not (0 < ports.port < 1 << 16 and 0 <= ports.local < 1 << 16):
        raise Misuse(f"“{text}” is no port", "write PORT or LOCAL:PORT, for example 8081:8080")
    return ports


def own_port(world: World, container: Container) -> int:
    """Give the port that a service is known for, else the only one that its image or file names. Raises Misuse."""
    driver = driver_for(container.image, container.labels)
    if driver.endpoints:
        return driver.endpoints[0].port
    named = exposed(world, container)
    if len(named) == 1:
        return named[0]
    says = f"it has {', '.join(map(str, named))}" if named else "none is known"
    raise Misuse(f"which port of {container.service}? {says}", f"write: stackctl forward {container.service} PORT")


def exposed(world: World, container: Container) -> list[int]:
    """Give the TCP ports that the image or the Compose file names, published or not."""
    said = world.engine.run(("inspect", "--format", "{{json .Config.ExposedPorts}}", container.id))
    found = json.loads(said.out or "null") or {} if said.code == 0 else {}
    pairs = [port.partition("/") for port in found]  # Compose writes `expose` without a protocol, images with one
    return sorted({int(number) for number, _slash, protocol in pairs if protocol in ("", "tcp")})


def page_of(world: World, container: Container) -> Page:
    """Give the page of a service, published or not. Raises Misuse for one that speaks no HTTP."""
    published = addresses(container.service, container.image, container.labels, container.ports)
    url = next((item.url for item in published if item.url.startswith(PAGES)), "")
    if url:
        return Page(url)
    driver = driver_for(container.image, container.labels)
    endpoint = next((item for item in driver.endpoints if item.scheme in PAGES), None)
    if endpoint:
        return Page("", endpoint.port, endpoint.scheme, endpoint.path)
    labels = container.labels
    for port in [] if driver.endpoints else exposed(world, container):
        scheme = labels.get(SCHEME) or scheme_of(port)
        if scheme in PAGES:
            return Page("", port, scheme, labels.get(PATH, ""))
    raise Misuse(
        f"{container.service} has no page",
        f"its client: stackctl client {container.service}; its addresses: stackctl urls",
    )


def _relay(world: World, container: Container, port: int) -> tuple[str, ...]:
    try:
        need_helper_image(world)
    except StackctlError:
        return ()
    return ("docker", *relay_words(container, ("python3", "-c", RELAY, str(port))))


def finder(world: World, target: Target, service: str, port: int) -> Find:
    """Give the function that finds the way to a port, again after the container was replaced.

    Addresses of containers mean something only where this machine reaches them: elsewhere the same numbers may be a
    container of its own.
    """
    near = world.engine.address().reaches_containers

    def find() -> Route | None:
        try:
            container = container_of(world, target, service)
        except StackctlError:
            return None
        address = next((ip for ip in container.networks.values() if ip), "") if near else ""
        return Route((address, port) if address else None, _relay(world, container, port))

    return find
