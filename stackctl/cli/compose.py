"""`stackctl compose`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.options import with_session
from stackctl.cli.passed_on import compose_line, run_compose
from stackctl.errors import Misuse
from stackctl.ui.envelope import Result

if TYPE_CHECKING:
    from stackctl.cli.session import Session


@click.command("compose", context_settings={"ignore_unknown_options": True})
@click.option("--print", "show", is_flag=True, help="Print the docker compose line instead of running it.")
@with_session(words="[ENV] [-- ARGS]...")
def command(session: Session, show: bool) -> Result:
    """Run docker compose with this environment's files.

    Project name, files and env file are ours, everything after `--` is yours. The exit code is Compose's own; what it
    prints is masked.

    \b
    Examples:
      stackctl compose -- top
      stackctl compose prod -- logs core
      stackctl compose dev --print
    """
    target, rest = session.target()
    if show:
        line = compose_line(target, rest)
        return Result(data={"command": line}, lines=[line])
    if not rest:
        raise Misuse("nothing to run", "write for example: stackctl compose -- ps")
    return run_compose(session, target, rest)
