"""`stackctl completion`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import get_completion_class

from stackctl.cli.options import with_session
from stackctl.errors import Misuse
from stackctl.ui.envelope import Result
from stackctl.workspace.names import unknown

if TYPE_CHECKING:
    from stackctl.cli.session import Session

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@with_session(words="SHELL", target=False)
def command(session: Session) -> Result:
    """Print the completion script of a shell.

    SHELL is bash, zsh or fish. It completes commands, flags, environments and services.

    \b
    Examples:
      eval "$(stackctl completion bash)"
      stackctl completion fish > ~/.config/fish/completions/stackctl.fish
    """
    from stackctl.cli.main import cli

    if len(session.words) != 1:
        raise Misuse("completion wants one shell", f"one of: {', '.join(SHELLS)}")
    shell = get_completion_class(session.words[0]) if session.words[0] in SHELLS else None
    if shell is None:
        raise unknown("shell", session.words[0], SHELLS)
    script = shell(cli, {}, "stackctl", "_STACKCTL_COMPLETE").source()
    return Result(
        data={"shell": session.words[0], "script": script}, raw=None if session.output.json else script + "\n"
    )
