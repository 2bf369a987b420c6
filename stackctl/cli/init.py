"""`stackctl init`."""

from __future__ import annotations

from collections.abc import Sequence
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


FOUND = "."  # the files that Compose finds


@click.command("init")
@click.option(
    "--from",
    "sources",
    multiple=True,
    is_flag=False,
    flag_value=FOUND,
    metavar="[FILE]",
    help="Read the Compose project here; FILE is one that it is made of, by default all that Compose finds.",
)
@click.option("--core", is_flag=True, help="Put the core stack here, also beside a Compose file.")
@click.option("--dry-run", is_flag=True, help="Show which files would appear and write nothing.")
@click.option("-y", "--yes", is_flag=True, help="Answer yes to what would be asked.")
@with_session(words="[FOLDER]", target=False)
def command(session: Session, sources: tuple[str, ...], core: bool, dry_run: bool) -> Result:
    """Give a Compose project environments, or put the core stack into this folder.

    Beside Compose files: compose.dev.yaml, compose.prod.yaml and .env.template, shown as a diff and written after a
    yes. `dev` is the same model that Compose loads now, or nothing is written. Your own files are never changed, but
    for lines that .gitignore lacks. In a folder without any: stacks/core and its env templates.

    \b
    Examples:
      stackctl init --dry-run
      stackctl init --yes
      stackctl init --from compose.yaml --from compose.override.yaml
      stackctl init shop && cd shop && stackctl up dev
    """
    if len(session.words) > 1:
        raise Misuse("init takes one folder", "write for example: stackctl init shop")
    if sources and core:
        raise Misuse("--core copies a stack, and --from reads a project", "give one of them")
    root = Path(session.here, *session.words).absolute()
    if sources or (not core and _has_project(root)):
        return _adopted(session, root, sources, dry_run)
    return _copied(session, root, dry_run)


def _has_project(root: Path) -> bool:
    from stackctl.workspace.find import stacks
    from stackctl.workspace.plain import default_files, overlays

    return not stacks(root) and bool(default_files(root, {}) or overlays(root))


def _copied(session: Session, root: Path, dry_run: bool) -> Result:
    from stackctl.onboard.init import apply_init, plan_init

    files = DiskFiles()
    plan = plan_init(root, files)
    data = {"root": str(root), "dry_run": dry_run, "files": plan.steps()}
    if dry_run:
        return Result(data=data, lines=[f"{root} would get:", *(f"  {name}" for name in plan.steps())])
    apply_init(plan, files)
    where = "" if root == session.here else f"cd {root} && "
    lines = [f"{len(plan.steps())} files written to {root}", session.style(f"→ {where}stackctl up dev", DIM)]
    return Result(data=data, lines=lines)


def _adopted(session: Session, root: Path, sources: Sequence[str], dry_run: bool) -> Result:
    from stackctl.onboard.adopt import plan_adopt
    from stackctl.onboard.adoption import apply_adopt

    world = session.world()
    plan = plan_adopt(world, root, [(root / name).absolute() for name in sources if name != FOUND])
    names = [str(item.path.relative_to(root)) for item in plan.files]
    diff = plan.diff(world.mask)
    labels = [
        {"service": item.service, "label": item.label, "value": item.value, "why": item.why} for item in plan.labels
    ]
    data = {
        "root": str(root),
        "dry_run": dry_run,
        "files": names,
        "labels": labels,
        "diff": diff,
        "notes": list(plan.notes),
    }
    lines = [*diff, *(session.style(f"· {text}", DIM) for text in plan.notes)]
    if dry_run or not names:
        return Result(data=data, lines=lines if names else [*lines, "there is nothing to add"])
    if not session.output.json:
        click.echo("\n".join(lines))
    confirm(session, f"{len(names)} files would be written to {root}", names, "write them?")
    apply_adopt(plan, world.files)
    done = [f"{len(names)} files written to {root}", session.style("→ stackctl up dev", DIM)]
    return Result(data=data, lines=done)
