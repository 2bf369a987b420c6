"""`stackctl env drift`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.env_target import ENV, env_target
from stackctl.cli.options import with_session
from stackctl.errors import CheckFailed
from stackctl.ui.envelope import Result
from stackctl.ui.style import BAD, BOLD, DIM, GOOD, WARN
from stackctl.ui.table import Cell, table

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.env.ledger import Row
    from stackctl.lifecycle.drift import Drift

PAINT = {"same": (GOOD,), "not running": (DIM,), "unknown": (WARN,)}


@click.command("drift")
@with_session(words=ENV)
def command(session: Session) -> Result:
    """Show which containers run with old variables or secrets.

    For each variable: what the template says, what the env file says, what Compose would pass, and what the running
    container has, each as a short keyed digest and never as a value. `docker compose restart` keeps an old environment,
    and a changed secret file is no change for Compose; both are seen. Exit 9 when something differs.

    \b
    Examples:
      stackctl env drift
      stackctl env drift prod -v
      stackctl env drift --json | jq -r '.data.recreate[].service'
    """
    from stackctl.lifecycle.credential_choices import target_words
    from stackctl.lifecycle.drift import drift_of

    world = session.world()
    target = env_target(session)
    found = drift_of(world, target)
    ledger, words = found.ledger, target_words(target).words
    every = set(found.services) == set(ledger.recreate)
    line = f"stackctl up{words}" + ("" if every else "".join(f" {name}" for name in ledger.recreate))
    data = {
        "project": target.project,
        "drift": ledger.drifts,
        "running": ledger.running,
        "variables": [row.as_dict() for row in ledger.rows],
        "recreate": [{"service": name, "reasons": list(reasons)} for name, reasons in ledger.recreate.items()],
        "command": line if ledger.recreate else None,
    }
    error = _error(found, line, f"stackctl env sync{words}") if ledger.drifts else None
    lines = _lines(session, found)
    return Result(data=data, lines=lines, findings=found.findings, exit_code=9 if error else 0, error=error)


def _error(found: Drift, line: str, sync: str) -> CheckFailed:
    """Give the sentence for what differs, and the command that mends it."""
    ledger, stale = found.ledger, [row.name for row in found.ledger.rows if row.stale]
    if ledger.recreate:
        count = len(ledger.recreate)
        what = f"{count} service{'s' if count > 1 else ''} run{'' if count > 1 else 's'} with an old environment"
        return CheckFailed(f"{what}: {', '.join(ledger.recreate)}", f"recreate: {line}", code="env-drift")
    return CheckFailed(f"the env file lacks what its template has: {', '.join(stale)}", sync, code="env-drift")


def _lines(session: Session, found: Drift) -> list[str]:
    ledger, style = found.ledger, session.style
    rows = list(ledger.rows) if session.output.verbose else ledger.drifting
    title = style(found.target.title, BOLD)
    head = ("variable", "template", "file", "passed", "running", "state", "service", "from")
    lines = table(head, [cells for row in rows for cells in _cells(row)], style, session.width)
    for name, reasons in ledger.recreate.items():
        lines.append(f"{style(name, BOLD)} must be recreated: {', '.join(reasons)}")
    if not ledger.running:
        return [*lines, f"{title}: nothing runs, there is nothing to compare with"]
    if not ledger.drifts:
        lines.append(
            f"{style('✓', GOOD)} {title}: {len(ledger.rows)} variables and secrets, nothing runs with an old one"
        )
    return lines


def _cells(row: Row) -> list[list[Cell | str]]:
    name = f"secret {row.name}" if row.kind == "secret" else row.name
    lines: list[list[Cell | str]] = []
    for part in row.parts:
        label = f"{part.service} ({part.variable})" if part.variable not in ("", row.name) else part.service
        state = Cell(part.state, PAINT.get(part.state, (BAD,)))
        lines.append([name, row.template, row.file, part.passed, part.running, state, label, row.source])
    if row.stale or not lines:
        state = Cell("not in the file" if row.stale else "", (WARN,))
        lines.append([name, row.template, row.file, row.passed, "", state, "", row.source])
    return lines
