"""`stackctl do`: the commands that a project has of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stackctl.cli.complete import own_commands
from stackctl.cli.enter import on_terminal, run_entry
from stackctl.cli.env_target import apart
from stackctl.cli.options import with_session

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.stack.commands import OwnCommand
    from stackctl.ui.envelope import Result


class OwnCommands(click.Command):
    """A command whose help page lists what the project here has."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list after everything else."""
        found = own_commands(ctx.params)
        if found:
            with formatter.section("Commands of this project"):
                formatter.write_dl([(name, item.line) for name, item in found.items()])


def complete_name(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Offer the project's commands."""
    return [name for name in own_commands(ctx.params) if name.startswith(incomplete)]


@click.command("do", cls=OwnCommands, context_settings={"ignore_unknown_options": True})
@click.argument("name", required=False, default="", metavar="[NAME]", shell_complete=complete_name)
@with_session(words="[ARGS]...")
def command(session: Session, name: str) -> Result:
    """Run a command that the project defines, in its service.

    `x-stackctl.commands` in the stack's base file defines them. ARGS follow its words; what begins with a dash goes
    after `--`. The exit code is the command's own. Without NAME it lists what there is.

    \b
    Examples:
      stackctl do
      stackctl do migrate
      stackctl do migrate -e prod -- --fake
    """
    from stackctl.lifecycle.commands import entry_of

    session, words = apart(session)
    target, _services = session.target()
    if not name:
        from stackctl.stack.commands import commands_from
        from stackctl.workspace.settings import written_setting

        return _listed(session, commands_from(written_setting(target.files, "commands")))
    world = session.world()
    return run_entry(session, entry_of(world, target, name, words, terminal=on_terminal()))


def _listed(session: Session, found: dict[str, OwnCommand]) -> Result:
    from stackctl.ui.envelope import Result
    from stackctl.ui.table import table

    data: dict[str, Any] = {
        "commands": [
            {"name": item.name, "service": item.service, "run": list(item.words), "help": item.help}
            for item in found.values()
        ]
    }
    rows = [[item.name, item.service, item.line] for item in found.values()]
    lines = table(("command", "service", "what it does"), rows, session.style, session.width)
    return Result(data=data, lines=lines or ["this project defines no commands (x-stackctl.commands)"])
