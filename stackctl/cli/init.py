"""`stackctl init`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stackctl.cli.confirm import confirm
from stackctl.cli.options import with_session
from stackctl.errors import Misuse
from stackctl.ui.envelope import Result
from stackctl.ui.style import DIM
from stackctl.workspace.files import DiskFiles

if TYPE_CHECKING:
    from stackctl.cli.session import Session


FOUND = "."  # the main file that Compose finds


@click.command("init")
@click.option(
    "--from",
    "source",
    is_flag=False,
    flag_value=FOUND,
    default="",
    metavar="[FILE]",
    help="Give the Compose project here environments; FILE is its main file, by default the one that Compose finds.",
)
@click.option("--dry-run", is_flag=True, help="Show which files would appear and write nothing.")
@click.option("-y", "--yes", is_flag=True, help="Answer yes to what would be asked.")
@with_session(words="[FOLDER]", target=False)
def command(session: Session, source: str, dry_run: bool) -> Result:
    """Put the core stack into this folder, or give an existing project environments.

    Copies stacks/core and the env templates and lists what git must ignore. With --from: new files beside your Compose
    files (compose.dev.yaml, compose.prod.yaml, .env.template), shown as a diff and written after a yes; `dev` is the
    same model that Compose loads now, or nothing is written. Your own files are never changed, but for lines that
    .gitignore lacks.

    \b
    Examples:
      stackctl init
      stackctl init shop && cd shop && stackctl up dev
      stackctl init --from --dry-run
      stackctl init --from compose.yaml
    """
    if source:
        return _adopted(session, source, dry_run)
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


def _adopted(session: Session, source: str, dry_run: bool) -> Result:
    from stackctl.onboard.adopt import apply_adopt, plan_adopt

    if len(session.words) > 1:
        raise Misuse("init takes one folder", "write for example: stackctl init --from compose.yaml")
    root = Path(session.here, *session.words).absolute()
    world = session.world()
    plan = plan_adopt(world, root, None if source == FOUND else (root / source).absolute())
    names = [str(item.path.relative_to(root)) for item in plan.files]
    data = {"root": str(root), "dry_run": dry_run, "files": names, "diff": plan.diff(), "notes": list(plan.notes)}
    lines = [*plan.diff(), *(session.style(f"· {text}", DIM) for text in plan.notes)]
    if dry_run or not names:
        return Result(data=data, lines=lines if names else [*lines, "there is nothing to add"])
    if not session.output.json:
        click.echo("\n".join(lines))
    confirm(session, f"{len(names)} files would be written to {root}", names, "write them?")
    apply_adopt(plan, world.files)
    done = [f"{len(names)} files written to {root}", session.style("→ stackctl up dev --dry-run", DIM)]
    return Result(data=data, lines=done)
