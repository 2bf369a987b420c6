"""Compose's own verbs: handed to docker compose with our project name, files and env file."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from stackctl.cli.options import with_session
from stackctl.ui.envelope import Result

if TYPE_CHECKING:
    from pathlib import Path

    from stackctl.cli.session import Session
    from stackctl.workspace.target import Target


def make(name: str, text: str) -> click.Command:
    """Give the command for one of Compose's verbs: `stackctl NAME [ENV] ARGS…`."""

    @click.command(
        name,
        help=f"{text}\n\nFlags that Compose knows go after `--`.",
        context_settings={"ignore_unknown_options": True},
    )
    @with_session(words="[ENV] [ARGS]...")
    def command(session: Session, /) -> Result:
        target, rest = session.target()
        return run_compose(session, target, (name, *rest))

    return command


def compose_line(target: Target, words: Sequence[str]) -> str:
    """Give the docker compose line that would run."""
    from stackctl.lifecycle.scene import with_generated

    target = with_generated(target)
    return shlex.join(("docker", "compose", *target.compose_args, *words))


def run_compose(session: Session, target: Target, words: Sequence[str]) -> Result:
    """Run docker compose with our files; its lines pass the mask, its exit code is the result's."""
    from stackctl.engine.environment import allowed
    from stackctl.lifecycle.scene import compose_of, with_generated
    from stackctl.lifecycle.secrecy import learn_target

    world = session.world()
    learn_target(world, target)
    target = with_generated(target)
    compose = compose_of(world, target)
    argv = ["docker", "compose", *compose.args, *words]
    if session.output.verbose:
        click.echo(f"$ {shlex.join(argv)}", err=True)

    code = run_masked(session, argv, {**allowed(os.environ), **compose.variables}, session.here)
    return Result(data={"exit_code": code}, exit_code=code)


def run_masked(session: Session, argv: Sequence[str], env: Mapping[str, str], folder: Path | None) -> int:
    """Run a command of the user's and give its exit code; its lines pass the mask. With --json they are no result."""
    from stackctl.engine.run import passthrough

    def show(line: str, is_error: bool) -> None:
        stream = sys.stderr if is_error or session.output.json else sys.stdout
        stream.write(session.mask(line))
        stream.flush()

    return passthrough(argv, env, folder, show)
