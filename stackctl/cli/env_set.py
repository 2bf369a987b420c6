"""`stackctl env set` and `stackctl env unset`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from stackctl.cli.env_ask import ask
from stackctl.cli.env_target import apart
from stackctl.cli.options import change_options, with_session
from stackctl.errors import Misuse
from stackctl.ui.envelope import Result
from stackctl.ui.report import finding_lines
from stackctl.ui.style import BOLD, DIM

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.lifecycle.env_edit import Desk, Edit


@click.command("set")
@change_options
@with_session(words="KEY [VALUE]")
def set_command(session: Session, lock_wait: float, dry_run: bool) -> Result:
    """Set one variable in the env file.

    Without VALUE it is read from standard input, or asked for on a terminal. A sensitive value is never taken from the
    command line, because others can read that. The value is checked against its type; comments and order stay.

    \b
    Examples:
      stackctl env set CORE_LOG_LEVEL debug
      pass show api | stackctl env set API_TOKEN -e prod
    """
    from stackctl.lifecycle.env_edit import plan_set

    session, words = apart(session)
    key, value = _key_and_value(words)

    def plan(desk: Desk) -> Edit:
        given = _value(session, desk, value)
        if desk.sensitive:
            session.mask.add(given)
        return plan_set(desk, given)

    return _edit(session, key, plan, "set", lock_wait, dry_run=dry_run)


@click.command("unset")
@change_options
@with_session(words="KEY")
def unset_command(session: Session, lock_wait: float, dry_run: bool) -> Result:
    """Take one variable out of the env file.

    The comment that its template put there goes with it. A variable of a template comes back with its default at the
    next `up`.

    \b
    Examples:
      stackctl env unset CORE_LOG_LEVEL
      stackctl env unset API_TOKEN -e prod
    """
    from stackctl.lifecycle.env_edit import plan_unset

    session, words = apart(session)
    if len(words) != 1:
        raise Misuse("env unset wants one name", "write for example: stackctl env unset CORE_LOG_LEVEL")
    return _edit(session, words[0], plan_unset, "unset", lock_wait, dry_run=dry_run)


def _edit(
    session: Session, key: str, plan: Callable[[Desk], Edit], verb: str, lock_wait: float, *, dry_run: bool
) -> Result:
    from stackctl.cli.lock import hold_to_change
    from stackctl.lifecycle.env_edit import apply_edit, lay_out
    from stackctl.lifecycle.secrecy import learn_target

    world = session.world()
    target, _services = session.target()
    learn_target(world, target)
    with hold_to_change(session, world, target.main_project, f"env {verb}", lock_wait, changes=not dry_run):
        edit = plan(lay_out(world, target, key))
        if not dry_run:
            apply_edit(world, edit)
    changed = not edit.empty
    data = {"project": target.project, "name": key, "file": edit.desk.shown, "changed": changed, "dry_run": dry_run}
    did = f"{'would be ' if dry_run else ''}{verb}" if changed else "is so already"
    lines = [f"{session.style(target.title, BOLD)}: {key} {did} in {edit.desk.shown}"]
    if verb == "set" and changed:
        name = f" {target.env.value}" if target.env.value else ""
        lines.append(session.style(f"→ apply it: stackctl up{name}", DIM))
    if not session.output.quiet and not session.output.json:
        lines += finding_lines(edit.findings, session.style, verbose=True)
        return Result(data=data, lines=lines)
    return Result(data=data, lines=lines, findings=edit.findings)


def _key_and_value(words: tuple[str, ...]) -> tuple[str, str | None]:
    if len(words) == 1 and "=" in words[0]:
        key, _equals, value = words[0].partition("=")
        return key, value
    if len(words) not in (1, 2):
        raise Misuse("env set wants a name and a value", "write for example: stackctl env set CORE_LOG_LEVEL debug")
    return words[0], words[1] if len(words) == 2 else None


def _value(session: Session, desk: Desk, given: str | None) -> str:
    if given is not None:
        if desk.sensitive:
            session.mask.add(given)
            raise Misuse(
                f"{desk.key} is sensitive: its value must not stand on the command line, where others can read it",
                f"pipe it in, or leave it out to be asked: stackctl env set {desk.key}{desk.option}",
                code="value-in-argv",
            )
        return given
    if session.output.interactive:
        session.progress.close()
        return ask(desk.key, desk.item, sensitive=desk.sensitive)
    data = sys.stdin.buffer.read()
    if not data:
        raise Misuse(
            f"no value for {desk.key} came on standard input",
            f"for an empty one: stackctl env set {desk.key} ''",
            code="no-input",
        )
    return data.decode("utf-8", "surrogateescape").removesuffix("\n").removesuffix("\r")
