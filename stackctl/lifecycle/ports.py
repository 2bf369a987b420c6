"""Host ports that were moved because somebody else has them: remembered by project, applied by the overlay."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from stackctl.lifecycle.request import AskPort, never
from stackctl.workspace.home import project_home
from stackctl.workspace.register import free_port

if TYPE_CHECKING:
    from stackctl.doctor.around import Neighbour
    from stackctl.doctor.host import Host
    from stackctl.lifecycle.world import World
    from stackctl.stack.model import Port, Stack
    from stackctl.workspace.register import Seat

Moves = Mapping[str, int]
# Beside the ports: a scratch environment is for this machine alone, whatever address its files name.
ON_LOOPBACK = "loopback"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Settle:
    """How a clash may be settled: without a question, or by asking; and the machine whose ports these are.

    The ports of an instance come from its seat, and move within it without a question. `reserved` are those of others.
    """

    host: Host
    always: bool = False
    ask: AskPort = never
    seat: Seat | None = None
    reserved: frozenset[int] = frozenset()


def remembered(world: World, project: str) -> dict[str, int]:
    """Give the moves of a project: `service:published/protocol` → host port."""
    data = world.files.read(project_home(world.shell, project) / "ports.json")
    try:
        return {str(key): int(value) for key, value in json.loads(data or b"{}").items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def remember(world: World, project: str, moves: Moves) -> None:
    """Keep the moves."""
    path = project_home(world.shell, project) / "ports.json"
    if moves:
        world.files.make_dir(path.parent)
        world.files.write(path, json.dumps(dict(sorted(moves.items()))).encode())
    else:
        world.files.remove(path)


def moved(stack: Stack, moves: Moves) -> dict[str, tuple[Port, ...]]:
    """Give the whole port list of each service of which a port is moved."""
    found: dict[str, tuple[Port, ...]] = {}
    for name, service in stack.services.items():
        ports = tuple(replace(port, published=moves.get(_key(name, port), port.published)) for port in service.ports)
        if ON_LOOPBACK in moves:
            ports = tuple(replace(port, host_ip=LOOPBACK) for port in ports)
        if ports != service.ports:
            found[name] = ports
    return found


def with_ports(stack: Stack, ports: Mapping[str, Sequence[Port]]) -> Stack:
    """Give the model with these port lists, for checks that come before Compose reads the overlay."""
    services = {
        name: replace(service, ports=tuple(ports[name])) if name in ports else service
        for name, service in stack.services.items()
    }
    return replace(stack, services=services)


def seated(stack: Stack, moves: Moves, seat: Seat | None) -> dict[str, int]:
    """Give the moves with every published port in the block of the seat; without a seat they stay as they are.

    Raises Refused where the block is used up.
    """
    found = dict(moves)
    if seat is None:
        return found
    found = {key: port for key, port in found.items() if port in seat.ports}
    wanted = [(name, port) for name, service in stack.services.items() for port in service.ports if port.published]
    written = [port.published for _name, port in wanted if port.published in seat.ports]
    for name, port in wanted:
        key = _key(name, port)
        if port.published not in seat.ports and key not in found:
            found[key] = free_port(seat, [*found.values(), *written, *seat.variables.values()], lambda _port: True)
    return found


def settle_ports(
    stack: Stack, names: Sequence[str], neighbours: Sequence[Neighbour], moves: Moves, settle: Settle
) -> dict[str, int]:
    """Give the moves after every clash that may be settled has been: by `--auto-ports`, or with the user's yes."""
    from stackctl.doctor.ports import find_clashes, next_free  # only a start with work to do looks at ports

    settled = dict(moves)
    for clash in find_clashes(with_ports(stack, moved(stack, settled)), names, neighbours, settle.host):
        taken = [port.published for service in stack.services.values() for port in service.ports]
        avoid = {*taken, *settled.values()}
        if settle.seat is not None:
            probe = partial(_is_free, settle.host, clash.port)
            free = free_port(settle.seat, [*avoid, *settle.seat.variables.values()], probe)
        else:
            free = next_free(clash.port, settle.host, avoid | settle.reserved)
        if settle.always or settle.seat or settle.ask(clash, free):
            settled[_original(stack, clash.service, clash.port, settled)] = free
    return settled


def _is_free(host: Host, port: Port, number: int) -> bool:
    return host.port_state(replace(port, published=number)) == "free"


def _original(stack: Stack, service: str, port: Port, moves: Moves) -> str:
    for own in stack.services[service].ports:
        key = _key(service, own)
        if (own.target, own.protocol) == (port.target, port.protocol) and moves.get(
            key, own.published
        ) == port.published:
            return key
    return _key(service, port)


def _key(service: str, port: Port) -> str:
    return f"{service}:{port.host_ip}:{port.published}/{port.protocol}"
