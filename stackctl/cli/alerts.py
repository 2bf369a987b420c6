"""`stackctl alerts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.options import with_session
from stackctl.errors import CheckFailed
from stackctl.ui.envelope import Result
from stackctl.ui.style import BAD, BOLD, DIM, WARN
from stackctl.ui.table import Cell, table

if TYPE_CHECKING:
    from stackctl.cli.session import Session


@click.command("alerts")
@with_session(words="[ENV]")
def command(session: Session) -> Result:
    """Show which alerts fire now, with the address of the panel that shows each.

    The rules are Prometheus' own; an alert that is not yet long enough there is pending. Exit 0 whether or not one
    fires: `verify` is what judges.

    \b
    Examples:
      stackctl alerts
      stackctl alerts prod --json
    """
    from dataclasses import asdict

    from stackctl.verify.alerts import alerts
    from stackctl.verify.verify import site_of

    world = session.world()
    target, _services = session.target()
    try:
        found = alerts(site_of(world, target))
    except OSError as error:
        raise CheckFailed(f"Prometheus does not answer: {error}", "stackctl verify --only metrics") from error
    data = {"project": target.project, "alerts": [asdict(item) for item in found]}
    if not found:
        return Result(data=data, lines=[f"{session.style(target.title, BOLD)}: no alert fires"])
    rows: list[list[Cell | str]] = [
        [
            Cell(item.name, (BOLD,)),
            Cell(item.state, (BAD if item.state == "firing" else WARN,)),
            item.severity,
            item.summary,
            Cell(item.since[:19], (DIM,)),
            Cell(item.url, ("cyan",)),
        ]
        for item in found
    ]
    head = ("alert", "state", "severity", "what", "since", "panel")
    return Result(data=data, lines=table(head, rows, session.style, session.width))
