"""The command line: a group that loads one command, runs it, prints its result, and turns errors into exit codes."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

import stackctl
from stackctl.cli.commands import ALIASES, COMMANDS, PASSED_ON
from stackctl.cli.output import Output
from stackctl.errors import Interrupted, Misuse, StackctlError
from stackctl.ui.envelope import Result, hidden, of_error
from stackctl.ui.report import Streams, print_json, print_text, reader_gone
from stackctl.ui.style import style_for

if TYPE_CHECKING:
    from stackctl.cli.session import Session

BEFORE_COMMAND = ("-s", "--stack", "-p", "--project-name", "-f", "--file", "--profile")  # flags that take a value
EPILOG = "Start here: `stackctl up dev`. The manual is in docs/. Exit codes: docs/reference/exit-codes.md."


class Lazy(click.Group):
    """A group whose commands are imported when they are called; their help lines stand in a table."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give every command's name, in the table's order."""
        return [*COMMANDS, *PASSED_ON]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command, or None where there is none of this name."""
        name = ALIASES.get(cmd_name, cmd_name)
        if name in COMMANDS:
            command = importlib.import_module(COMMANDS[name][0]).command
            return command if isinstance(command, click.Command) else None
        if name in PASSED_ON:
            from stackctl.cli.passed_on import make

            return make(name, PASSED_ON[name])
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_module, text) in COMMANDS.items()])
        with formatter.section("Compose's own spelling works too"):
            formatter.write_dl([("ps", "The same as status."), *PASSED_ON.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a wrong name gets "did you mean"."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            from stackctl.workspace.names import unknown

            raise unknown("command", args[0], [*COMMANDS, *ALIASES, *PASSED_ON])
        return super().resolve_command(ctx, args)


@click.group(
    cls=Lazy, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(stackctl.__version__, message="stackctl %(version)s")
@click.option("-s", "--stack", default="", help="The stack, where there are several.")
@click.option("-p", "--project-name", default="", help="Another project name, as in Compose.")
@click.option("-f", "--file", "files", multiple=True, type=click.Path(), help="Compose files, as in Compose.")
@click.option("--profile", "profiles", multiple=True, help="Switch a profile on, as in Compose.")
@click.pass_context
def cli(ctx: click.Context, /, **early: Any) -> None:
    """Start, watch and look after Compose stacks: from a clean clone to a healthy stack with one command."""
    ctx.obj = early


def main(argv: Sequence[str] | None = None) -> None:
    """Run a command line and leave with its exit code."""
    sys.exit(run(list(sys.argv[1:] if argv is None else argv)))


def run(argv: list[str]) -> int:
    """Run a command line, print its result, and give the exit code. Never raises for what a user can cause."""
    signal.signal(signal.SIGTERM, _terminated)
    command = command_of(argv)
    as_json = "--json" in (argv[: argv.index("--")] if "--" in argv else argv)
    try:
        result = _invoke(argv)
        if result is None:
            return 0
        return _show(ALIASES.get(command, command), result, as_json)
    except BrokenPipeError:
        reader_gone(sys.stdout)
        return 0


def command_of(argv: Sequence[str]) -> str:
    """Give the command's name: the first word that is neither a flag nor the value of one."""
    value_next = False
    for word in argv:
        if value_next:
            value_next = False
        elif not word.startswith("-"):
            return word
        else:
            value_next = word in BEFORE_COMMAND
    return ""


def _invoke(argv: list[str]) -> Result | None:
    _forget()
    try:
        value = cli.main(args=argv, prog_name="stackctl", standalone_mode=False)
    except StackctlError as error:
        return of_error(error)
    except click.exceptions.Exit as stop:
        return Result(exit_code=stop.exit_code) if stop.exit_code else None
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return Result(exit_code=2, raw="")
    except click.ClickException as error:
        return of_error(_misuse(error))
    except (KeyboardInterrupt, click.Abort):
        # All is put away by now. A second Ctrl-C while Python goes down would end us by the signal, without exit code.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return of_error(Interrupted("interrupted", "nothing is half done: run the command again to go on"))
    except BrokenPipeError:
        raise
    except PermissionError as error:
        # A folder that we may not enter: Python's `is_file` says so by an exception, wherever it is asked.
        return of_error(_closed(error) if error.filename else _bug(error))
    except Exception as error:
        return of_error(_bug(error))
    return value if isinstance(value, Result) else None


def _show(command: str, result: Result, as_json: bool) -> int:
    session = _session()
    if session:
        result = hidden(result, session.mask)
    if as_json:
        if result.raw is None or result.error:
            print_json(command, result, sys.stdout)
        else:
            sys.stdout.write(result.raw)
        return result.exit_code
    output = session.output if session else Output()
    err_style = style_for(sys.stderr, os.environ)
    print_text(result, Streams(sys.stdout, sys.stderr, err_style), quiet=output.quiet, verbose=output.verbose)
    return result.exit_code


def _misuse(error: click.ClickException) -> Misuse:
    message = error.format_message().rstrip(".")
    path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "stackctl"
    return Misuse(message[:1].lower() + message[1:], f"see: {path} --help")


def _closed(error: PermissionError) -> StackctlError:
    from pathlib import Path

    from stackctl.workspace.files import unreadable

    return unreadable(Path(os.fsdecode(error.filename)), error)


def _bug(error: Exception) -> StackctlError:
    import traceback

    from stackctl.mask import Mask

    session = _session()
    mask = session.mask if session else Mask()

    if os.environ.get("STACKCTL_DEBUG"):
        sys.stderr.write(mask("".join(traceback.format_exception(error))))
    last = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{last.filename.rpartition('stackctl/')[2]}:{last.lineno}"
    return StackctlError(
        mask(f"a bug in stackctl: {type(error).__name__}: {error} ({place})"),
        "please report it; STACKCTL_DEBUG=1 shows the traceback",
    )


def _session() -> Session | None:
    """Give the session, if a command got so far as to have one: `--help` must not pay for importing it."""
    module = sys.modules.get("stackctl.cli.session")
    return module.session_now() if module else None


def _forget() -> None:
    module = sys.modules.get("stackctl.cli.session")
    if module:
        module.forget_session()


def _terminated(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
