"""What a service gets, for a program on the host: `env run` and `env export --for host`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from stackctl.env.host import HostEnvironment, Published, Reach, host_environment
from stackctl.errors import EngineError, Finding, Misuse
from stackctl.lifecycle.effective import effective_of
from stackctl.lifecycle.env_secrecy import learn_effective
from stackctl.services.registry import driver_for
from stackctl.workspace.names import unknown

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.lifecycle.world import World
    from stackctl.stack.model import Service, Stack
    from stackctl.workspace.target import Target

ANYWHERE = ("", "0.0.0.0", "::", "[::]")  # noqa: S104 - compared with, not listened on


def host_environment_of(world: World, target: Target, service: str) -> HostEnvironment:
    """Give the variables of a service as the host needs them; works without the engine, from what the files publish.

    Raises ConfigError where Compose gives no model, Misuse for a wrong service, or where none is named and none stands
    out.
    """
    found = effective_of(world, target)
    learn_effective(world, found)
    if found.complaint is not None or found.stack is None:
        raise found.complaint or EngineError("Compose gives no model", "see: stackctl config")
    name = chosen(found.stack, service)
    files = found.secrets.get(name, {})
    reach = Reach(dict(_services(found.stack, _running(world, target))), files)
    translated = host_environment(found.passed.get(name, {}), reach)
    missing = [
        Finding(
            "secret-missing",
            "warning",
            path.name,
            f"the secret {path.name} has no file yet",
            f"make it: stackctl env init{_name(target)}",
        )
        for path in files.values()
        if world.files.look(path) is None
    ]
    return HostEnvironment(translated.values, (*translated.findings, *missing))


def chosen(stack: Stack, asked: str) -> str:
    """Give the service that is meant: the named one, the only one, the only one that is built here. Raises Misuse."""
    if asked:
        if asked not in stack.services:
            raise unknown("service", asked, stack.services)
        return asked
    built = [name for name, service in stack.services.items() if service.build is not None]
    for names in (list(stack.services), built):
        if len(names) == 1:
            return names[0]
    raise Misuse(
        "whose variables are meant is not clear", f"name a service with --as: {', '.join(sorted(stack.services))}"
    )


def _name(target: Target) -> str:
    return "" if target.plain or not target.env.value else f" {target.env.value}"


def _running(world: World, target: Target) -> Sequence[Container]:
    try:
        return [container for container in world.engine.containers(target.project) if container.running]
    except EngineError:
        return []


def _services(stack: Stack, containers: Sequence[Container]) -> Iterator[tuple[str, Published]]:
    for service in stack.services.values():
        published = _published(service, [item for item in containers if item.service == service.name])
        for name in _names(service):
            yield name, published


def _published(service: Service, containers: Sequence[Container]) -> Published:
    ports = {
        port.target: (_address(port.host_ip), port.published)
        for port in service.ports
        if port.published and port.protocol == "tcp"
    }
    for container in containers:  # what runs knows better: moved ports, and those that the engine chose
        ports |= {
            port.container_port: (_address(port.host_ip), port.host_port)
            for port in container.ports
            if port.host_port and port.protocol == "tcp"
        }
    known = [endpoint.port for endpoint in driver_for(service.image, service.labels).endpoints]
    main = next((port for port in known if port in ports), 0)
    if not main:
        main = next(iter(ports)) if len(ports) == 1 else next(iter(known), 0)
    return Published(ports, main)


def _address(host_ip: str) -> str:
    return "127.0.0.1" if host_ip in ANYWHERE else host_ip


def _names(service: Service) -> set[str]:
    """Give every name under which other containers reach a service."""
    found = {service.name, str(service.raw.get("container_name") or ""), str(service.raw.get("hostname") or "")}
    for network in (service.raw.get("networks") or {}).values():
        found |= {str(alias) for alias in (network or {}).get("aliases") or ()}
    return found - {""}
