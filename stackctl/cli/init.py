"""`stackctl init`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stackctl.cli.options import with_session
from stackctl.errors import Misuse
from stackctl.ui.envelope import Result
from stackctl.ui.style import DIM
from stackctl.workspace.files import DiskFiles

if TYPE_CHECKING:
    from stackctl.cli.session import Session


@click.command("init")
@click.option("--dry-run", is_flag=True, help="Show which files would appear and write nothing.")
@with_session(words="[FOLDER]", target=False)
def command(session: Session, dry_run: bool) -> Result:
    """Put the core stack into this folder.

    Copies stacks/core and the env templates and lists what git must ignore. Nothing is overwritten.

    \b
    Examples:
      stackctl init
      stackctl init shop && cd shop && stackctl up dev
    """
    from stackctl.onboard.init import apply_init, plan_init

    if len(session.words) > 1:
        raise Misuse("init takes one folder", "write for example: stackctl init shop")
    root = Path(session.here, *session.words).absolute()
    files = DiskFiles()
    plan = plan_init(root, files)
    data = {"root": str(root), "dry_run": dry_run, "files": plan.steps()}
    if dry_run:
        return Result(data=data, lines=[f"{root} would get:", *(f"  {name}" for name in plan.steps())])
    apply_init(plan, files)
    where = "" if root == session.here else f"cd {root} && "
    lines = [f"{len(plan.steps())} files written to {root}", session.style(f"→ {where}stackctl up dev", DIM)]
    return Result(data=data, lines=lines)
