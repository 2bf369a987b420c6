"""`stackctl env check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.env_target import ENV, env_target
from stackctl.cli.options import with_session
from stackctl.errors import ConfigError
from stackctl.ui.envelope import Result
from stackctl.ui.report import COLOURS, MARKS
from stackctl.ui.style import BOLD, DIM, GOOD

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.env.problem import Problem
    from stackctl.lifecycle.env_check import Checked


@click.command("check")
@with_session(words=ENV)
def command(session: Session) -> Result:
    """Show every problem of an environment's variables at once.

    Missing, empty or wrong values, unknown names, placeholders that were left in, what nothing uses, what the shell
    overrides, what Compose damages, and who could read the file. No value is printed. Exit 3 when something is an
    error; warnings alone are 0. Works without the engine.

    \b
    Examples:
      stackctl env check prod
      stackctl env check --json | jq -r '.data.problems[].code'
    """
    from stackctl.lifecycle.early import ask_early
    from stackctl.lifecycle.secrecy import learn_target

    world = session.world()
    target = env_target(session)
    learn_target(world, target)
    early = ask_early(world, target)
    # Compose works from here on, and the rest is imported meanwhile: it is as much as Compose's own start.
    from stackctl.engine.git import GitCli
    from stackctl.lifecycle.env_check import check_environment

    found = check_environment(world, target, GitCli(session.shell), early)
    data = {
        "project": target.project,
        "environment": target.env.value,
        "variables": found.variables,
        "problems": [problem.as_dict() for problem in found.problems],
    }
    findings = [problem.finding for problem in found.problems]
    title = session.style(target.title, BOLD)
    if not found.problems:
        mark = session.style("✓", GOOD)
        return Result(data=data, lines=[f"{mark} {title}: {found.variables} variables, nothing is wrong"])
    shown = [item for item in found.problems if item.severity == "error" or not session.output.quiet]
    lines = [line for problem in shown for line in _lines(session, problem)]
    if not found.errors:
        return Result(
            data=data, lines=[*lines, f"{title}: {_count(found)}"], findings=findings if _json(session) else ()
        )
    error = ConfigError(f"{target.title}: {_count(found)}", "the way out stands beside each", code="env-invalid")
    return Result(data=data, lines=lines, findings=findings, exit_code=3, error=error)


def _json(session: Session) -> bool:
    return session.output.json


def _lines(session: Session, problem: Problem) -> list[str]:
    style = session.style
    mark = style(MARKS[problem.severity], COLOURS[problem.severity])
    place = f"{problem.place}: " if problem.place else ""
    lines = [f"{mark} {place}{problem.message} {style(f'({problem.code})', DIM)}"]
    return [*lines, f"  {style('→', DIM)} {problem.hint}"] if problem.hint else lines


def _count(found: Checked) -> str:
    counts = [(found.errors, "error")]
    for severity in ("warning", "info"):
        counts.append((sum(item.severity == severity for item in found.problems), severity))
    said = {"info": "remark"}
    return ", ".join(f"{count} {said.get(name, name)}{'s' if count > 1 else ''}" for count, name in counts if count)
