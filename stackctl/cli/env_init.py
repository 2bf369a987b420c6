"""`stackctl env init`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.env_ask import ask_missing
from stackctl.cli.env_target import ENV, env_target
from stackctl.cli.options import change_options, with_session
from stackctl.ui.envelope import Result
from stackctl.ui.style import BOLD, DIM

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.lifecycle.env_plan import EnvPlan


@click.command("init")
@change_options
@with_session(words=ENV)
def command(session: Session, lock_wait: float, dry_run: bool) -> Result:
    """Make the env file and the secrets of an environment from its templates.

    What stands in the file wins. Secrets are generated. Required values without a default are asked for on a terminal,
    and named all at once otherwise (exit 3). Can be run again at any time. Names are printed, never values.

    \b
    Examples:
      stackctl env init dev
      stackctl env init prod --dry-run
    """
    from stackctl.cli.lock import hold_to_change
    from stackctl.lifecycle.env_fill import apply_init, plan_init
    from stackctl.lifecycle.secrecy import learn_target

    world = session.world()
    target = env_target(session)
    learn_target(world, target)
    with hold_to_change(session, world, target.main_project, "env init", lock_wait, changes=not dry_run):
        plan = plan_init(world, target)
        if not dry_run:
            given = ask_missing(session, plan)
            plan = plan_init(world, target, given) if given else plan
            apply_init(world, plan)
        else:
            plan.check_complete()
    return _result(session, plan, dry_run)


def _result(session: Session, plan: EnvPlan, dry_run: bool) -> Result:
    fill = plan.fill
    assert fill is not None  # plan_init refuses a target without a template
    new = fill.secrets
    generated = [*plan.made, *(secret.name for secret in (*new.generate, *new.derive))]
    data = {
        "project": plan.target.project,
        "dry_run": dry_run,
        "file": str(fill.path),
        "added": list(fill.file.added),
        "updated": list(fill.file.updated),
        "kept": list(fill.file.kept),
        "generated": generated,
    }
    would = "would be " if dry_run else ""
    title = session.style(plan.target.title, BOLD)
    if plan.empty:
        lines = [f"{title}: {fill.path.name} is complete, nothing to do ({len(fill.file.kept)} kept)"]
        return Result(data=data, lines=lines, findings=fill.findings)
    lines = [f"{title}: {fill.path} {'would be ' if dry_run else ''}{_did(plan)}"]
    for word, names in (("added", fill.file.added), ("updated", fill.file.updated), ("generated", generated)):
        if names:
            lines.append(f"  {session.style(f'{would}{word}:', DIM)} {', '.join(names)}")
    if fill.file.kept:
        lines.append(f"  {session.style('kept:', DIM)} {', '.join(fill.file.kept)}")
    return Result(data=data, lines=lines, findings=fill.findings)


def _did(plan: EnvPlan) -> str:
    assert plan.fill is not None
    if plan.fill.file.data is None:
        return "left as it is"
    return "written" if plan.fill.file.before is None else "completed"
