"""`stackctl config`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from stackctl.cli.options import with_session
from stackctl.ui.envelope import Result

if TYPE_CHECKING:
    from stackctl.cli.session import Session


@click.command("config")
@click.option("--format", "form", type=click.Choice(["yaml", "json"]), default="yaml", help="How to print the model.")
@with_session(words="[ENV]")
def command(session: Session, form: str) -> Result:
    """Show the merged model, secrets masked.

    Compose merges and interpolates; this is its own answer for exactly the files that `up` would use. Works without
    the engine.

    \b
    Examples:
      stackctl config prod
      stackctl config dev --format json | jq .services.core
    """
    from stackctl.lifecycle.show import merged_model, merged_text

    world = session.world()
    target, _services = session.target()
    if form == "yaml" and not session.output.json:
        return Result(raw=merged_text(world, target))
    model = merged_model(world, target)
    if session.output.json:
        return Result(data={"project": target.project, "files": [str(path) for path in target.files], "model": model})
    return Result(raw=json.dumps(model, indent=2, ensure_ascii=False) + "\n")
