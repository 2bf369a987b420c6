"""`stackctl urls`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from stackctl.cli.options import with_session
from stackctl.errors import Misuse
from stackctl.ui.envelope import Result
from stackctl.ui.style import DIM
from stackctl.ui.table import Cell, table
from stackctl.workspace.find import DEFAULT_ENV, check_services

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.workspace.target import Target


@click.command("urls")
@with_session()
def command(session: Session) -> Result:
    """Show every address, with its login.

    Passwords are not shown; the last column is the command that shows one. For one SERVICE in a pipe it prints the
    bare address.

    \b
    Examples:
      stackctl urls
      curl "$(stackctl urls core)/health"
    """
    from stackctl.lifecycle.urls import urls

    world = session.world()
    target, services = session.target()
    known = {container.service for container in world.engine.containers(target.project)}
    check_services(services, sorted(known), session.environments())
    found = urls(world, target.project, services)
    if services and not found:
        raise Misuse(
            f"{', '.join(services)} publishes no address in {target.title}",
            "see what runs: stackctl status",
            code="no-address",
        )
    data = {
        "project": target.project,
        "urls": [
            {
                "service": item.service,
                "label": item.label,
                "url": item.url,
                "user": item.user or None,
                "secret": item.secret or None,
            }
            for item in found
        ],
    }
    if len(services) == 1 and not sys.stdout.isatty():
        return Result(data=data, lines=[found[0].url])
    rows: list[list[Cell | str]] = [
        [
            item.service,
            Cell(item.url, ("cyan",)),
            item.label,
            item.user,
            Cell(_password(session, target, item.secret), (DIM,)),
        ]
        for item in found
    ]
    lines = table(("service", "address", "what", "login", "password"), rows, session.style, session.width)
    return Result(data=data, lines=lines if found else [f"{target.title}: nothing is published"])


def _password(session: Session, target: Target, secret: str) -> str:
    """Give the command that shows a password of just this project."""
    if not secret:
        return ""
    wish = session.wish
    flags = (("-s", wish.stack), ("-e", target.env.value), ("--instance", wish.instance), ("-p", wish.project))
    shown = [f"{flag} {value}" for flag, value in flags if value and (flag, value) != ("-e", DEFAULT_ENV)]
    return " ".join(["stackctl secrets show", secret, *shown])
