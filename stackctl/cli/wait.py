"""`stackctl wait`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.failure_bundle import bundle_on_failure
from stackctl.cli.options import Duration, with_session
from stackctl.stack.durations import human
from stackctl.ui.envelope import Result
from stackctl.ui.style import BOLD, GOOD
from stackctl.ui.table import Cell, table

if TYPE_CHECKING:
    from stackctl.cli.session import Session


@click.command("wait")
@click.option("--timeout", type=Duration(), default=None, help="How long to wait, such as 90s or 5m.")
@click.option("--stream", is_flag=True, help="With --json: one JSON object per event, the envelope last.")
@with_session()
@bundle_on_failure("wait")
def command(session: Session, timeout: float | None) -> Result:
    """Wait until every service is ready.

    It starts nothing, and it does not matter who did: it also waits for what docker compose started. Exit code 5 for a
    service that failed, 6 when the time is over.

    \b
    Examples:
      stackctl wait
      stackctl wait dev core --timeout 2m
      docker compose up -d && stackctl wait --json
    """
    from stackctl.lifecycle.wait import wait_for

    world = session.world()
    target, services = session.target()
    began = world.clock.monotonic()
    waited = wait_for(world, target, services, timeout, session.environments())
    seconds = world.clock.monotonic() - began
    session.progress.close()
    standings = list(waited.standings.values())
    rows: list[list[Cell | str]] = [[item.service, Cell(item.text, (GOOD,))] for item in standings]
    ready = sum(item.state == "ready" for item in standings)
    head = session.style(target.title, BOLD)
    lines = [
        *table(("service", "state"), rows, session.style, session.width),
        f"{head} is ready: {ready} service{'' if ready == 1 else 's'} after {human(seconds)}",
    ]
    data = {
        "project": target.project,
        "seconds": round(seconds, 3),
        "services": [
            {
                "service": item.service,
                "state": item.state,
                "text": item.text,
                "seconds": round(waited.seconds.get(item.service, 0.0), 3),
            }
            for item in standings
        ],
    }
    return Result(data=data, lines=lines, findings=waited.findings)
