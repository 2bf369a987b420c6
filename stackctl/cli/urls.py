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

if TYPE_CHECKING:
    from stackctl.cli.session import Session


@click.command("urls")
@with_session()
def command(session: Session) -> Result:
    r"""Show every address, with its login.

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
            Cell(_password(target.env.value, item.secret), (DIM,)),
        ]
        for item in found
    ]
    lines = table(("service", "address", "what", "login", "password"), rows, session.style, session.width)
    return Result(data=data, lines=lines if found else [f"{target.title}: nothing is published"])


def _password(env: str, secret: str) -> str:
    return f"stackctl secrets show {secret}{f' -e {env}' if env and env != 'dev' else ''}" if secret else ""
