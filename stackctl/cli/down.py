"""`stackctl down`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.confirm import confirm
from stackctl.cli.lock import hold
from stackctl.cli.options import change_options, with_session
from stackctl.errors import Misuse
from stackctl.ui.bytes import human_bytes
from stackctl.ui.envelope import Result
from stackctl.ui.style import BOLD, DIM
from stackctl.workspace.names import unknown

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.lifecycle.down import DownPlan


def _refuse_short(_ctx: click.Context, _param: click.Parameter, given: bool) -> None:
    # In Compose `down -v` destroys data, everywhere else -v means "verbose": nobody may find out the hard way.
    if given:
        raise Misuse(
            "“down -v” could mean two things", "write --volumes (removes all data) or --verbose", code="ambiguous"
        )


@click.command("down")
@click.option("--volumes", is_flag=True, help="Remove the volumes and all their data too; lists them and asks.")
@click.option(
    "--all", "everything", is_flag=True, help="End every environment of this workspace, or with -s of the stack."
)
@click.option("--remove-orphans", is_flag=True, hidden=True, help="Accepted as in Compose; always done.")
@change_options
@click.option("-v", "ambiguous", is_flag=True, hidden=True, expose_value=False, callback=_refuse_short)
@with_session(words="[ENV]", short_verbose=False)
def command(
    session: Session, volumes: bool, everything: bool, lock_wait: float, dry_run: bool, **_accepted: bool
) -> Result:
    """Stop and remove containers; the data stays.

    Every container of the project goes, whatever its profile, and its networks. Volumes stay unless --volumes.

    \b
    Examples:
      stackctl down
      stackctl down prod
      stackctl down --all
      stackctl down --all -s nexus
      stackctl down dev --volumes
    """
    from stackctl.lifecycle.down import apply_down, plan_down, plan_project
    from stackctl.lifecycle.status import status_below
    from stackctl.logs.previous import keep
    from stackctl.logs.project import learn

    world = session.world()
    if everything:
        wish = session.wish
        if session.words or wish.env or wish.project or wish.instance != session.shell.get("STACKCTL_INSTANCE", ""):
            raise Misuse("--all and an environment, instance or project exclude each other", "leave one out")
        found = status_below(world, session.folder())
        plans = [plan_project(world, status.project, status.project, volumes) for status in found]
    else:
        target, services = session.target()
        if services:
            running = {container.service for container in world.engine.containers(target.project)}
            if services[0] not in running:
                raise unknown("environment", services[0], session.environments())
            raise Misuse(f"down takes no service ({services[0]})", f"stop it: stackctl stop {services[0]}")
        plans = [plan_down(world, target, volumes)]
        if not dry_run and not plans[0].empty:
            learn(world, target)  # what is kept of the logs passes the mask
    data = {"dry_run": dry_run, "projects": [_data(plan) for plan in plans]}
    lines = [line for plan in plans for line in _lines(session, plan, dry_run)]
    if dry_run or all(plan.empty for plan in plans):
        return Result(data=data, lines=lines or ["nothing runs here"])
    lost = [volume for plan in plans for volume in plan.remove]
    if lost:
        sizes = [f"{volume.name} ({human_bytes(volume.size)})" for volume in lost]
        confirm(session, f"{_count(len(lost), 'volume')} and all data in them would be lost", sizes, "remove them?")
    for plan in plans:
        with hold(session, world, plan.project, "down", lock_wait):
            keep(world, session.place().root, plan.project, plan.containers)
            apply_down(world, plan)
    return Result(data=data, lines=lines)


def _lines(session: Session, plan: DownPlan, dry_run: bool) -> list[str]:
    style = session.style
    if plan.empty:
        kept = f"; data kept in {_count(len(plan.keep), 'volume')}" if plan.keep else ""
        return [f"{style(plan.title, BOLD)}: nothing runs{kept}"]
    if dry_run:
        return [style(plan.title, BOLD), *(f"  {n}. {step}" for n, step in enumerate(plan.steps(), 1))]
    lines = [f"{style(plan.title, BOLD)} is down: {_count(len(plan.containers), 'container')} removed"]
    if plan.keep:
        hint = style("(remove it with: stackctl down --volumes)", DIM)
        lines.append(f"the data is kept in {_count(len(plan.keep), 'volume')} {hint}")
    if plan.remove:
        lines.append(f"{_count(len(plan.remove), 'volume')} removed")
    return lines


def _data(plan: DownPlan) -> dict[str, object]:
    return {
        "project": plan.project,
        "containers": [container.name for container in plan.containers],
        "networks": list(plan.networks),
        "volumes_removed": [volume.name for volume in plan.remove],
        "volumes_kept": list(plan.keep),
    }


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
