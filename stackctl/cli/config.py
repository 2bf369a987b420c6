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
    r"""Show the merged model, secrets masked.

    Compose merges and interpolates; this is its own answer for exactly the files that `up` would use. Works without
    the engine.

    \b
    Examples:
      stackctl config prod
      stackctl config dev --format json | jq .services.core
    """
    from stackctl.lifecycle.show import merged_model

    world = session.world()
    target, _services = session.target()
    model = merged_model(world, target)
    if session.output.json:
        return Result(data={"project": target.project, "files": [str(path) for path in target.files], "model": model})
    if form == "json":
        return Result(raw=json.dumps(model, indent=2, ensure_ascii=False) + "\n")
    import yaml

    # libyaml's own emitter where it is there: ten times quicker than the one in Python.
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return Result(raw=yaml.dump(model, Dumper=dumper, sort_keys=False, allow_unicode=True, width=1000))
