"""`stackctl doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.options import with_session
from stackctl.errors import CheckFailed, ConfigError
from stackctl.ui.envelope import Result
from stackctl.ui.style import BAD, DIM, GOOD, WARN

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.workspace.find import Place

MARKS = {"ok": ("✓", GOOD), "warning": ("!", WARN), "error": ("✗", BAD), "skipped": ("·", DIM)}


@click.command("doctor")
@with_session(words="")
def command(session: Session) -> Result:
    """Check this machine and what stackctl left on it.

    Engine, Compose, buildx, disk, memory, cores, cgroups, clock, DNS inside a container, registry, context, leftovers
    of this workspace. Works while the engine is down. Exit 9 when something is wrong.

    \b
    Examples:
      stackctl doctor
      stackctl doctor --json
    """
    from stackctl.doctor.check import Scene
    from stackctl.doctor.machine import examine

    world = session.world()
    place: Place | None = None
    try:
        place = session.place()
    except ConfigError:
        place = None  # a machine can be examined anywhere
    checks = examine(Scene(engine=world.engine, host=world.host, shell=session.shell, place=place))
    lines = []
    for check in checks:
        mark, colour = MARKS[check.status]
        lines.append(f"{session.style(mark, colour)} {check.title:14} {check.detail}")
        if check.hint and check.status in ("warning", "error"):
            lines.append(f"  {session.style('→', DIM)} {check.hint}")
    wrong = [check for check in checks if check.status == "error"]
    error = None
    if wrong:
        error = CheckFailed(
            f"{len(wrong)} of {len(checks)} checks found something wrong", "the way out stands beside each"
        )
    data = {"checks": [check.as_dict() for check in checks]}
    return Result(data=data, lines=lines, exit_code=9 if error else 0, error=error)
