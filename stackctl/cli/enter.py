"""What `shell`, `client`, `open` and `forward` share: the service's name, and taking over the terminal."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from stackctl.cli.passed_on import run_masked
from stackctl.errors import Misuse
from stackctl.ui.envelope import Result

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.lifecycle.enter import Entry
    from stackctl.workspace.target import Target


def service_and_rest(session: Session, command: str) -> tuple[Target, str, tuple[str, ...]]:
    """Give the target, the service, and the words after it: the first word is a service here. Raises Misuse."""
    if not session.words:
        raise Misuse(f"{command} wants a service", f"write for example: stackctl {command} mongodb")
    target, _none = replace(session, words=()).target()
    return target, session.words[0], session.words[1:]


def on_terminal() -> bool:
    """Say whether a person types and reads: only then the container gets a terminal, which damages piped data."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def run_entry(session: Session, entry: Entry) -> Result:
    """Run it; on a terminal it owns the terminal, in a pipe its lines pass the mask. Its exit code is the result's."""
    from stackctl.engine.environment import allowed
    from stackctl.engine.terminal import attach

    argv = ("docker", *entry.words)
    env = allowed(os.environ)
    session.progress.close()
    if entry.said and not session.output.quiet:
        click.echo(entry.said, err=True)
    if session.output.verbose:
        click.echo(f"$ {session.mask(shlex.join(argv))}", err=True)
    alone = on_terminal() and not session.output.json
    code = attach(argv, env) if alone else run_masked(session, argv, env, None)
    return Result(data={"exit_code": code}, exit_code=code)
