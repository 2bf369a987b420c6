"""`stackctl env sync`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stackctl.cli.env_ask import ask_missing
from stackctl.cli.env_target import ENV, env_target
from stackctl.cli.options import change_options, with_session
from stackctl.errors import CheckFailed, Refused
from stackctl.ui.envelope import Result
from stackctl.ui.style import BAD, BOLD, DIM, GOOD

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.lifecycle.env_fill import Sync


@click.command("sync")
@click.option("--check", is_flag=True, help="Change nothing; exit 9 where the file is behind its templates.")
@change_options
@with_session(words=ENV)
def command(session: Session, check: bool, lock_wait: float, dry_run: bool) -> Result:
    """Bring an env file up to its templates, after a pull.

    Adds what the templates gained, in its place and with its comment, keeps every value byte for byte, and marks what
    no template has any more. Shows the difference first; on a terminal it asks.

    \b
    Examples:
      stackctl env sync dev
      stackctl env sync --check
    """
    from stackctl.cli.lock import hold_to_change
    from stackctl.lifecycle.env_fill import apply_init, plan_target_sync
    from stackctl.lifecycle.secrecy import learn_target

    world = session.world()
    target = env_target(session)
    learn_target(world, target)
    looks = check or dry_run
    with hold_to_change(session, world, target.main_project, "env sync", lock_wait, changes=not looks):
        sync = plan_target_sync(world, target)
        if not looks:
            given = ask_missing(session, sync.env)
            sync = plan_target_sync(world, target, given) if given else sync
        _learn(session, sync)
        result = _result(session, sync, check=check, dry_run=dry_run)
        if looks or sync.env.empty:
            return result
        sync.env.check_complete()
        if session.output.interactive and not session.output.yes:
            session.progress.close()
            click.echo("\n".join(session.mask(line) for line in _difference(session, sync)), err=True)
            if not click.confirm("Write it?", default=True, err=True):
                raise Refused("nothing has been changed", "answer y, or give --yes", code="declined")
        apply_init(world, sync.env)
    return result


def _learn(session: Session, sync: Sync) -> None:
    """Hide sensitive values in the difference: the lines around a change hold them."""
    from stackctl.env.escape import unescape

    template = sync.env.template
    for item in template.items if template else ():
        entry = sync.plan.after.get(item.key)
        if item.sensitive and entry is not None and entry.raw_value:
            session.mask.add(entry.raw_value, unescape(entry.raw_value, entry.quote))


def _result(session: Session, sync: Sync, *, check: bool, dry_run: bool) -> Result:
    plan, fill = sync.plan, sync.env.fill
    assert fill is not None
    generated = [*sync.env.made, *(secret.name for secret in (*fill.secrets.generate, *fill.secrets.derive))]
    missing = [finding.subject for finding in fill.missing]
    data = {
        "project": sync.env.target.project,
        "dry_run": dry_run or check,
        "in_sync": sync.env.empty and not fill.missing,
        "file": str(fill.path),
        "added": list(plan.file.added),
        "updated": list(plan.file.updated),
        "missing": missing,
        "lost": list(plan.lost),
        "found_again": list(plan.found_again),
        "generated": generated,
        "diff": [session.mask(line) for line in _lines(sync)],
    }
    title = session.style(sync.env.target.title, BOLD)
    if data["in_sync"]:
        mark = session.style("✓", GOOD)
        return Result(data=data, lines=[f"{mark} {title}: {sync.shown} is up to its templates"])
    asked = session.output.interactive and not session.output.yes and not (check or dry_run)
    lines = [] if asked else _difference(session, sync)
    parts = [
        f"{len(names)} {word}"
        for word, names in (
            ("added", plan.file.added),
            ("updated", plan.file.updated),
            ("generated", generated),
            ("marked, no template has them", plan.lost),
            ("back in a template", plan.found_again),
            ("missing", missing),
        )
        if names
    ]
    if check:
        name = "" if sync.env.target.plain else f" {sync.env.target.env.value}"
        error = CheckFailed(
            f"{sync.shown} is behind its templates: {', '.join(parts)}", f"stackctl env sync{name}", code="env-behind"
        )
        return Result(data=data, lines=lines, findings=fill.missing, exit_code=9, error=error)
    if dry_run and fill.missing:
        sync.env.check_complete()
    would = "would change" if dry_run else "brought up to its templates"
    return Result(data=data, lines=[*lines, f"{title}: {sync.shown} {would}: {', '.join(parts)}"])


def _difference(session: Session, sync: Sync) -> list[str]:
    paint = {"+": GOOD, "-": BAD, "@": DIM}
    return [session.style(line, paint.get(line[:1], "")) for line in _lines(sync)]


def _lines(sync: Sync) -> list[str]:
    """Give the difference as `diff -u` shows it."""
    import difflib

    before, after = sync.plan.before.text.splitlines(), sync.plan.after.text.splitlines()
    return [line.rstrip("\n") for line in difflib.unified_diff(before, after, sync.shown, sync.shown, n=1, lineterm="")]
