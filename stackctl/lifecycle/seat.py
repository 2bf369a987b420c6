"""An instance's block of host ports: taken once, remembered, and given to the variables that publish ports.

A port that a variable names follows that variable, and with it every other place that names it: the links of a
dashboard, an address in a test. Ports that are written as numbers are moved by the generated overlay (see ports.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.errors import Refused
from stackctl.workspace.checkout import standing
from stackctl.workspace.home import FORKING, home, project_home
from stackctl.workspace.register import Seat, changing, free_block, free_port, port_range, read_register

if TYPE_CHECKING:
    from stackctl.env.uses import Use
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target


def seat_of(world: World, target: Target) -> Seat | None:
    """Give the seat of an instance: the remembered one, else the one that it would get. Changes nothing.

    None for what is no instance. Raises Refused where another folder has it, and where no ports are left.
    """
    if not target.instance:
        return None
    register = read_register(home(world.shell), world.files)
    known = register.seat(target.project)
    if known is not None:
        return _checked(known, target)
    return _new_seat(world, target, free_block(register, port_range(world.shell), port_probe(world)))


def planned_seat(world: World, target: Target, ports: Mapping[str, int]) -> Seat | None:
    """Give the seat as it will be: with the ports that variables are about to get. Raises as `seat_of`."""
    seat = seat_of(world, target)
    return replace(seat, variables={**seat.variables, **ports}) if seat else None


def take_seat(world: World, target: Target, *, forking: bool = False) -> None:
    """Remember the block of an instance, and which checkout this folder is; does nothing where both are known.

    Raises as `seat_of`, and Refused for an instance whose data is half a copy.
    """
    if not forking and target.instance:
        _check_whole(world, target)
    found = standing(target.root, world.shell)
    folder, free = home(world.shell), port_probe(world)
    register = read_register(folder, world.files)
    unknown = found is not None and register.checkout(target.root) is None
    known = register.seat(target.project)
    if not unknown and (not target.instance or (known and _checked(known, target).root == str(target.root))):
        return
    with changing(folder, world.files, world.clock) as (now, keep):
        new = now.with_checkout(found.checkout) if found is not None and unknown else now
        if target.instance:
            known = now.seat(target.project)
            shared = port_range(world.shell)
            seat = _checked(known, target) if known else _new_seat(world, target, free_block(now, shared, free))
            new = new.with_seat(replace(seat, root=str(target.root)))
        keep(new)


def _check_whole(world: World, target: Target) -> None:
    if world.files.read(project_home(world.shell, target.project) / FORKING) is not None:
        raise Refused(
            f"the data of the instance {target.instance} is half a copy: its fork was cut short",
            f"make it again with --fork-from, or remove it: stackctl instances remove {target.project}",
            code="fork-unfinished",
        )


def keep_variables(world: World, target: Target, variables: Mapping[str, int]) -> None:
    """Remember which variable has which port, for the next start."""
    known = read_register(home(world.shell), world.files).seat(target.project)
    if known is None or dict(known.variables) == dict(variables):
        return
    with changing(home(world.shell), world.files, world.clock) as (register, keep):
        seat = register.seat(target.project)
        if seat is not None:
            keep(register.with_seat(replace(seat, variables=dict(variables))))


def reserved(world: World) -> frozenset[int]:
    """Give every port that belongs to an instance: a port that moves by itself must not land there."""
    register = read_register(home(world.shell), world.files)
    return frozenset(port for seat in register.seats for port in seat.ports)


def port_variables(world: World, target: Target, seat: Seat, find: Callable[[str], str | None]) -> dict[str, int]:
    """Give a port of the block to each variable that says a host port in the Compose files.

    A variable keeps the port that it had, unless a foreign program has it now. `find` gives a variable's value; one
    that the shell sets is left alone, as Compose obeys the shell.
    """
    from stackctl.lifecycle.effective import read_all_uses

    names = list(dict.fromkeys(_port_names(read_all_uses(world, target).uses, find)))
    probe, ours = port_probe(world), _own_ports(world, target)
    given: dict[str, int] = {}
    for name in names:
        port = seat.variables.get(name)
        if port is not None and port in seat.ports and port not in given.values() and (probe(port) or port in ours()):
            given[name] = port
    for name in names:
        if name not in given and name not in world.shell:
            taken = [*given.values(), *seat.variables.values()]
            given[name] = free_port(seat, taken, probe)
    return given


def port_probe(world: World) -> Callable[[int], bool]:
    """Give the question whether nobody listens on a port of this machine."""
    from stackctl.stack.model import Port

    return lambda number: world.host.port_state(Port(0, number, "", "tcp")) == "free"


def _own_ports(world: World, target: Target) -> Callable[[], frozenset[int]]:
    """Give what the instance's own containers publish; the engine is asked at the first use, and once."""
    found: list[frozenset[int]] = []

    def ask() -> frozenset[int]:
        if not found:
            there = world.engine.containers(target.project)
            found.append(frozenset(port.host_port for item in there for port in item.ports))
        return found[0]

    return ask


def _port_names(uses: tuple[Use, ...], find: Callable[[str], str | None]) -> Iterator[str]:
    for use in uses:
        parts = use.path.split(".")
        if not use.service or parts[2:3] != ["ports"]:
            continue
        # `HOST:CONTAINER`: the host's part is followed by a colon; an address before it is no number.
        value = find(use.key) or use.default or ""
        if value.isdecimal() and 0 < int(value) <= 65535 and (parts[3:] == ["published"] or use.follows == ":"):
            yield use.key


def _new_seat(world: World, target: Target, block: range) -> Seat:
    return Seat(
        project=target.project,
        root=str(target.root),
        stack=target.stack,
        env=target.env.value,
        instance=target.instance,
        first=block.start,
        size=len(block),
        created=world.clock.now().isoformat(timespec="seconds"),
    )


def _checked(seat: Seat, target: Target) -> Seat:
    if seat.root != str(target.root) and Path(seat.root).is_dir():
        raise Refused(
            f"an instance {target.instance} of {target.project} belongs to {seat.root}",
            f"give this one another name, or end that one there: stackctl instances remove {seat.project}",
            code="foreign-project",
        )
    return seat
