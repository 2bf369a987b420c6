"""`stackctl forward`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from typing import TYPE_CHECKING

import click

from stackctl.cli.enter import service_and_rest
from stackctl.cli.options import with_session
from stackctl.errors import Misuse, StartError
from stackctl.ui.envelope import Result
from stackctl.ui.report import print_json
from stackctl.workspace.events import note

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackctl.cli.session import Session
    from stackctl.lifecycle.forward import Ports
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target


@click.command("forward")
@with_session(words="SERVICE [[LOCAL:]PORT]")
def command(session: Session) -> Result | None:
    """Bring a port of a service to 127.0.0.1, until Ctrl-C.

    The service need not publish it. Without PORT: the one that the service is known for. Without LOCAL: the same
    number, or another where that is taken. Replaced containers are found again.

    \b
    Examples:
      stackctl forward redis -e prod
      stackctl forward core 8081:8080
    """
    from stackctl.lifecycle.enter import container_of
    from stackctl.lifecycle.forward import own_port, parse_ports

    world = session.world()
    target, service, rest = service_and_rest(session, "forward")
    if len(rest) > 1:
        raise Misuse(f"one port at a time, not {len(rest)}", "start a second stackctl forward for the other")
    container = container_of(world, target, service)
    ports = parse_ports(rest[0] if rest else str(own_port(world, container)))

    def opened(host: str, port: int) -> None:
        data = {"project": target.project, "service": service, "host": host, "port": port, "container_port": ports.port}
        if session.output.json:
            print_json("forward", Result(data=data), sys.stdout)
        else:
            click.echo(f"{host}:{port}")
            world.events(note(f"forwards to {service}:{ports.port} until Ctrl-C"))
        sys.stdout.flush()

    forward(world, target, service, ports, opened)
    return None


def forward(world: World, target: Target, service: str, ports: Ports, opened: Callable[[str, int], None]) -> None:
    """Forward until Ctrl-C, which is its normal end. Raises StartError where the wanted port cannot be had."""
    from stackctl.engine.environment import allowed
    from stackctl.engine.forward import Forwarder
    from stackctl.lifecycle.forward import finder

    forwarder = Forwarder(
        finder(world, target, service, ports.port), allowed(os.environ), lambda text: world.events(note(text))
    )
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(forwarder.serve(ports.local, ports.wanted, opened))
    except OSError as error:
        raise StartError(
            f"127.0.0.1:{ports.local} cannot be had: {os.strerror(error.errno or 0).lower()}",
            f"choose another: stackctl forward {service} 0:{ports.port}",
            code="port-in-use",
        ) from error
