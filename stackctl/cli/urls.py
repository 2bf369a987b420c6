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
    from collections.abc import Sequence

    from stackctl.cli.session import Session
    from stackctl.services.addresses import Address
    from stackctl.workspace.target import Target


@click.command("urls")
@click.option("--reveal", is_flag=True, help="Show passwords, and URIs with the login in them.")
@with_session()
def command(session: Session, reveal: bool) -> Result:
    """Show every address, with its login.

    Passwords are not shown unless --reveal; the last column is the command that shows one. For one SERVICE in a pipe it
    prints the bare address, with --reveal the whole connection URI.

    \b
    Examples:
      stackctl urls
      curl "$(stackctl urls core)/health"
      mongosh "$(stackctl urls mongodb --reveal)"
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
    if reveal:
        return _revealed(session, target, found, bool(services))
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
    lines = address_lines(session, target, found)
    return Result(data=data, lines=lines if found else [f"{target.title}: nothing is published"])


def address_lines(session: Session, target: Target, found: Sequence[Address]) -> list[str]:
    """Give the table of addresses, each with its login and the command that shows the password."""
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
    return table(("service", "address", "what", "login", "password"), rows, session.style, session.width)


def _revealed(session: Session, target: Target, found: Sequence[Address], one: bool) -> Result:
    from stackctl.lifecycle.reveal import reveal

    items = reveal(session.world(), target, found)
    data = {
        "project": target.project,
        "urls": [
            {
                "service": item.address.service,
                "label": item.address.label,
                "url": item.address.url,
                "user": item.user or None,
                "secret": item.address.secret or None,
                "password": item.password or None,
                "uri": item.uri,
            }
            for item in items
        ],
    }
    if one and len({item.address.service for item in items}) == 1 and not sys.stdout.isatty():
        return Result(data=data, lines=[items[0].uri], revealed=True)
    rows: list[list[Cell | str]] = [
        [item.address.service, Cell(item.uri, ("cyan",)), item.address.label, item.user, item.password]
        for item in items
    ]
    # Never cut to the terminal's width: half a password is worse than a long line.
    lines = table(("service", "address", "what", "login", "password"), rows, session.style)
    return Result(data=data, lines=lines or [f"{target.title}: nothing is published"], revealed=True)


def _password(session: Session, target: Target, secret: str) -> str:
    """Give the command that shows a password of just this project."""
    if not secret:
        return ""
    wish = session.wish
    flags = (("-s", wish.stack), ("-e", target.env.value), ("--instance", wish.instance), ("-p", wish.project))
    shown = [f"{flag} {value}" for flag, value in flags if value and (flag, value) != ("-e", DEFAULT_ENV)]
    return " ".join(["stackctl secrets show", secret, *shown])
