"""`stackctl env run`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from stackctl.cli.complete import complete_service
from stackctl.cli.env_target import apart
from stackctl.cli.options import with_session
from stackctl.errors import Misuse
from stackctl.ui.report import finding_lines
from stackctl.ui.style import style_for

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.ui.envelope import Result


@click.command("run", context_settings={"allow_interspersed_args": False})
@click.option(
    "--as",
    "service",
    default="",
    metavar="SERVICE",
    shell_complete=complete_service,
    help="Whose variables; default: the only service that is built here.",
)
@with_session(words="-- CMD...")
def command(session: Session, service: str) -> Result:
    """Run a command on this machine with the variables that a service would get.

    Addresses of other services become their published ports on 127.0.0.1, secret files their paths on this machine: so
    an app runs in the editor or debugger against the stack. Signals go to the command and its exit code comes back.

    \b
    Examples:
      stackctl env run -- python -m core_app
      stackctl env run -e prod --as core -- env
    """
    from stackctl.engine.run import become
    from stackctl.lifecycle.host_environment import host_environment_of
    from stackctl.lifecycle.secrecy import learn_target

    session, words = apart(session)
    if not words:
        raise Misuse("env run wants a command", "write for example: stackctl env run -- python -m core_app")
    world = session.world()
    target, _services = session.target()
    learn_target(world, target)
    found = host_environment_of(world, target, service)
    if not session.output.quiet:
        for line in finding_lines(found.findings, style_for(sys.stderr, session.shell), verbose=True):
            click.echo(session.mask(line), err=True)
    session.progress.close()
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        become(words, {**session.shell, **found.values})
    except OSError as error:
        raise Misuse(
            f"{words[0]} cannot be started: {error.strerror}", "check the name, or give its path", code="no-program"
        ) from error
    raise AssertionError("exec returned")
