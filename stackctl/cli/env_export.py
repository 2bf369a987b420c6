"""`stackctl env export`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.complete import complete_service
from stackctl.cli.env_target import ENV, env_target
from stackctl.cli.options import with_session
from stackctl.ui.envelope import Result

if TYPE_CHECKING:
    from stackctl.cli.session import Session

FORMATS = ("dotenv", "json", "shell", "docker")


@click.command("export")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="dotenv", help="How to print it; default: dotenv."
)
@click.option(
    "--for",
    "where",
    type=click.Choice(["host"]),
    help="What a service gets, translated for this machine (see env run).",
)
@click.option(
    "--as",
    "service",
    default="",
    metavar="SERVICE",
    shell_complete=complete_service,
    help="With --for host: whose variables; default: the only service that is built here.",
)
@with_session(words=ENV)
def command(session: Session, form: str, where: str | None, service: str) -> Result:
    """Print the variables, with their values, for other programs.

    What the env files hold, as Compose would interpolate it. The values are printed as they are, sensitive ones too.
    Secrets that have a file of their own are not in it. A format that cannot carry a value is an error.

    \b
    Examples:
      stackctl env export dev --format json | jq -r .CORE_PORT
      eval "$(stackctl env export --for host --format shell)"
    """
    from stackctl.env.export import render
    from stackctl.errors import Misuse
    from stackctl.lifecycle.effective import effective_of
    from stackctl.lifecycle.secrecy import learn_target

    if service and not where:
        raise Misuse("--as belongs to --for host", "add --for host")
    world = session.world()
    target = env_target(session)
    learn_target(world, target)
    if where:
        from stackctl.lifecycle.host_environment import host_environment_of

        found = host_environment_of(world, target, service)
        values, findings = dict(found.values), found.findings
    else:
        values, findings = effective_of(world, target).values, ()
    data = {"project": target.project, "values": values}
    if session.output.json:
        return Result(data=data, findings=findings, revealed=True)
    return Result(data=data, findings=findings, revealed=True, raw=render(values, form))
