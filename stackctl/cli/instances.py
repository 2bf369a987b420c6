"""`stackctl instances`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.confirm import confirm
from stackctl.cli.lock import hold
from stackctl.cli.options import change_options, with_session
from stackctl.errors import ConfigError, Misuse
from stackctl.stack.durations import human
from stackctl.ui.bytes import human_bytes
from stackctl.ui.envelope import Result
from stackctl.ui.style import BOLD, DIM, GOOD, WARN
from stackctl.ui.table import Cell, table

if TYPE_CHECKING:
    from pathlib import Path

    from stackctl.cli.session import Session
    from stackctl.instances.listing import Instance
    from stackctl.instances.remove import RemovePlan

HEAD = ("instance", "environment", "state", "ports", "disk", "age", "branch", "folder")


@click.group("instances", invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@with_session(words="", target=False)
def command(session: Session) -> Result | None:
    """List the parallel instances on this machine, and remove them.

    An instance is a copy of an environment with volumes, networks, secrets and host ports of its own: `--instance
    NAME`, and by itself in a second worktree or clone of a repository.

    \b
    Examples:
      stackctl instances
      stackctl instances --json
      stackctl instances remove review
    """
    if click.get_current_context().invoked_subcommand:
        return None
    from stackctl.instances.listing import gone, instances, unfinished

    found = instances(session.world())
    rows = [_row(item) for item in found]
    lines = table(HEAD, rows, session.style, session.width)
    hint = session.style("→ start one: stackctl up --instance NAME", DIM)
    return Result(
        data={"instances": [_data(item) for item in found]},
        lines=lines or ["there are no instances", hint],
        findings=(*gone(found), *unfinished(found)),
    )


@command.command("remove")
@change_options
@with_session(words="NAME...", target=False)
def remove_command(session: Session, lock_wait: float, dry_run: bool) -> Result:
    """Remove an instance for good: its containers, its data, its secrets, its ports.

    Shows what would be lost and asks. Its backups stay. NAME is an instance or a project name; it also works when the
    folder of the instance is gone.

    \b
    Examples:
      stackctl instances remove review
      stackctl instances remove review --dry-run
      stackctl instances remove shop-core-dev-review --yes
    """
    from stackctl.instances.remove import apply_remove, plan_remove, plan_seat, volumes_of

    if not session.words:
        raise Misuse("instances remove wants a name", "see which there are: stackctl instances")
    world = session.world()
    here = _here(session)
    plans = [plan for name in dict.fromkeys(session.words) for plan in plan_remove(world, name, here)]
    data = {"dry_run": dry_run, "instances": [_removed(plan) for plan in plans]}
    lost = [f"the volume {name} ({human_bytes(size)})" for name, size in volumes_of(plans)]
    lost += [line for plan in plans for line in plan.lost()]
    names = ", ".join(dict.fromkeys(plan.seat.instance for plan in plans))
    if dry_run:
        return Result(data=data, lines=[f"{names} would lose:", *(f"  {line}" for line in lost)])
    confirm(session, f"all of {names} would be lost", lost, "remove it?")
    for plan in plans:
        with hold(session, world, plan.seat.project, "instances remove", lock_wait):
            # Looked at again: half a copy is taken away with the lock, and what is gone cannot be removed.
            apply_remove(world, plan_seat(world, plan.seat))
    lines = [f"{session.style(plan.down.title, BOLD)} is removed{_kept(plan)}" for plan in plans]
    return Result(data=data, lines=lines)


def _here(session: Session) -> Path | None:
    try:
        return session.place().root
    except ConfigError:
        return None


def _kept(plan: RemovePlan) -> str:
    return f"; its backups stay in {plan.keep}" if plan.keep else ""


def _row(item: Instance) -> list[Cell | str]:
    seat = item.seat
    colour = GOOD if item.running else WARN if not item.there else DIM
    return [
        seat.instance,
        " · ".join(word for word in (seat.stack, seat.env) if word),
        Cell(item.state, (colour,)),
        f"{seat.first}–{seat.ports[-1]}",
        human_bytes(item.disk),
        human(item.age),
        item.branch,
        seat.root,
    ]


def _data(item: Instance) -> dict[str, object]:
    seat = item.seat
    return {
        "instance": seat.instance,
        "project": seat.project,
        "stack": seat.stack,
        "environment": seat.env,
        "folder": seat.root,
        "folder_exists": item.there,
        "branch": item.branch or None,
        "first_port": seat.first,
        "last_port": seat.ports[-1],
        "variables": dict(seat.variables),
        "running": item.running,
        "containers": item.containers,
        "disk": item.disk,
        "age": round(item.age, 1),
        "half": item.half,
    }


def _removed(plan: RemovePlan) -> dict[str, object]:
    return {
        "instance": plan.seat.instance,
        "project": plan.seat.project,
        "containers": [container.name for container in plan.down.containers],
        "volumes": [volume.name for volume in plan.down.remove],
        "secrets": plan.secrets,
        "backups_kept": str(plan.keep) if plan.keep else None,
    }
