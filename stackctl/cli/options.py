"""The flags that commands share, and the decorator that turns them into a session."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from stackctl.cli.complete import complete_environment, complete_stack, complete_words
from stackctl.cli.session import open_session
from stackctl.stack.durations import parse_duration

if TYPE_CHECKING:
    from stackctl.ui.envelope import Result

Function = Callable[..., Any]
WORDS_HELP = "[ENV] [SERVICE]..."


class Duration(click.ParamType[float]):
    """`90s`, `5m`, `1h30m`, or a number of seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Give seconds."""
        return value if isinstance(value, float) else parse_duration(str(value))


def _target_options(*, compose_files: bool) -> list[Callable[[Function], Function]]:
    options: list[Callable[[Function], Function]] = [
        click.option(
            "-s", "--stack", default="", shell_complete=complete_stack, help="The stack, where there are several."
        ),
        click.option("-e", "--env", default="", shell_complete=complete_environment, help="The environment."),
        click.option("--instance", default="", help="A parallel copy with this name: own volumes, networks and ports."),
        click.option("--no-local", is_flag=True, help="Leave your own layer (ENV.local.yml, ENV.local.env) out."),
        click.option("-p", "--project-name", default="", help="Another project name, as in Compose."),
        click.option("--profile", "profiles", multiple=True, help="Switch a profile on, as in Compose."),
    ]
    files = click.option(
        "-f", "--file", "files", multiple=True, type=click.Path(), help="Compose files, as in Compose."
    )
    return [*options[:-1], files, options[-1]] if compose_files else options


def _output_options(*, short_verbose: bool) -> list[Callable[[Function], Function]]:
    verbose = ("-v", "--verbose") if short_verbose else ("--verbose",)
    return [
        click.option("--json", is_flag=True, help="Print one JSON object (docs/reference/json.md)."),
        click.option("-q", "--quiet", is_flag=True, help="Print results and errors only."),
        click.option(*verbose, is_flag=True, help="Print every docker command and every finding."),
    ]


def change_options(function: Function) -> Function:
    """Add the flags of a command that changes something."""
    for option in (
        click.option(
            "--lock-wait", type=Duration(), default="5m", help="How long to wait for a busy environment; 0 refuses."
        ),
        click.option("--dry-run", is_flag=True, help="Show the plan and change nothing."),
        click.option("-y", "--yes", is_flag=True, help="Answer yes to what would be asked."),
    ):
        function = option(function)
    return function


def with_session(
    *, words: str = WORDS_HELP, target: bool = True, short_verbose: bool = True, compose_files: bool = True
) -> Callable[[Function], Function]:
    """Add the shared flags; the function gets `session` and its own flags, and gives back a Result.

    `words`: how the positional words are called in help; empty: the command takes none. `short_verbose`: whether `-v`
    is there. `compose_files`: whether `-f` names Compose files here too; before the command it always does.
    """

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        @click.pass_context
        def wrapper(ctx: click.Context, /, **flags: Any) -> Result:
            given = flags.pop("words", ())
            session = open_session(flags, ctx.obj, tuple(given))
            own = {name: value for name, value in flags.items() if name not in _SHARED}
            try:
                result: Result = function(session, **own)
            finally:
                session.progress.close()
            return result

        decorated: Function = wrapper
        for option in reversed(
            [
                *(_target_options(compose_files=compose_files) if target else []),
                *_output_options(short_verbose=short_verbose),
            ]
        ):
            decorated = option(decorated)
        if words:
            decorated = click.argument("words", nargs=-1, metavar=words, shell_complete=complete_words)(decorated)
        return decorated

    return decorate


_SHARED = {
    *("stack", "env", "instance", "no_local", "project_name", "files", "profiles"),
    *("json", "stream", "quiet", "verbose", "yes"),
}
