"""`stackctl version`."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import click

import stackctl
from stackctl.cli.options import with_session
from stackctl.errors import EngineError
from stackctl.ui.envelope import Result

if TYPE_CHECKING:
    from stackctl.cli.session import Session


@click.command("version")
@with_session(words="", target=False)
def command(session: Session) -> Result:
    """Show the versions of stackctl, the engine and Compose.

    \b
    Examples:
      stackctl version
      stackctl version --json
    """
    versions = {"stackctl": stackctl.__version__, "python": platform.python_version()}
    try:
        facts = session.world().engine.facts()
        versions |= {
            "engine": facts.version,
            "compose": facts.compose,
            "buildx": facts.buildx,
            "context": facts.context,
        }
    except EngineError as error:
        versions["engine"] = f"none ({error.message})"
    return Result(data=versions, lines=[f"{name:9} {value}" for name, value in versions.items()])
