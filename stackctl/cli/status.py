"""`stackctl status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.options import with_session
from stackctl.stack.durations import human
from stackctl.ui.envelope import Result
from stackctl.ui.style import BAD, BOLD, DIM, GOOD, WARN
from stackctl.ui.table import Cell, table

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.lifecycle.status import ProjectStatus, Row

HEAD = ("service", "state", "health", "up", "restarts", "image", "ports")


@click.command("status")
@with_session()
def command(session: Session) -> Result:
    """Show what runs, and how it is.

    Without ENV: every environment of every stack of this workspace that has containers; with -s those of one stack. It
    never asks Compose for the model, so it also works while the files are broken.

    \b
    Examples:
      stackctl status
      stackctl status prod
      stackctl status -s nexus
      stackctl status dev mongodb --json
    """
    from stackctl.backup.records import last_verified
    from stackctl.lifecycle.status import only, project_status, status_below

    world = session.world()
    if session.words or session.wish.env or session.wish.project or session.wish.instance:
        target, services = session.target()
        found = [only(project_status(world, target.project), services)]
    else:
        found = status_below(world, session.folder())
    lines: list[str] = []
    data = []
    for status in found:
        saved = last_verified(world, status.project)
        data.append({**_data(status), "last_verified_backup": saved.isoformat() if saved else None})
        lines += [""] if lines else []
        lines += _lines(session, status)
        if saved and status.rows:
            age = human(max(0.0, (world.clock.now() - saved).total_seconds()))
            lines.append(session.style(f"last verified backup: {age} ago", DIM))
    if not any(status.rows for status in found):
        lines = ["nothing runs here", session.style("→ start it: stackctl up", DIM)]
    return Result(data={"projects": data}, lines=lines)


def _lines(session: Session, status: ProjectStatus) -> list[str]:
    good = sum(row.good for row in status.rows)
    title = session.style(status.project, BOLD)
    head = f"{title} · {good} of {len(status.rows)} well" if status.rows else f"{title} · nothing runs"
    if not status.rows:
        return [head]
    return [head, *table(HEAD, [_row(row) for row in status.rows], session.style, session.width)]


def _row(row: Row) -> list[Cell | str]:
    state = row.state if row.state != "exited" else f"exited ({row.exit_code})"
    health = {"healthy": GOOD, "unhealthy": BAD}.get(row.health, WARN)
    return [
        row.container if row.many else row.service,
        Cell(state, (GOOD if row.good else BAD,)),
        Cell(row.health, (health,)),
        "" if row.up_seconds is None else human(row.up_seconds),
        Cell(str(row.restarts) if row.restarts else "", (WARN,)),
        Cell(row.image + (f" (stands in for {row.standin})" if row.standin else ""), (DIM,)),
        ", ".join(row.ports),
    ]


def _data(status: ProjectStatus) -> dict[str, object]:
    return {
        "project": status.project,
        "folder": status.folder,
        "services": [
            {
                "service": row.service,
                "container": row.container,
                "state": row.state,
                "health": row.health or None,
                "up_seconds": None if row.up_seconds is None else round(row.up_seconds, 1),
                "restarts": row.restarts,
                "image": row.image,
                "ports": list(row.ports),
                "exit_code": row.exit_code if row.state == "exited" else None,
                "standin": row.standin or None,
            }
            for row in status.rows
        ],
    }
