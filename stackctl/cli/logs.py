"""`stackctl logs`."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from stackctl.cli.log_options import log_options, request_of
from stackctl.cli.options import with_session
from stackctl.ui.envelope import Result

if TYPE_CHECKING:
    from stackctl.cli.log_output import Output
    from stackctl.cli.session import Session
    from stackctl.lifecycle.world import World
    from stackctl.logs.project import LoggedProject
    from stackctl.logs.request import LogRequest


@click.command("logs")
@log_options
@with_session(words="[SERVICE]...", compose_files=False)
def command(session: Session, **flags: Any) -> Result | None:
    """Read the logs of all services in the order of time.

    Levels, messages and fields are read from each service's own format; secrets are masked. In a pipe the lines are
    plain and have the whole time in UTC. `--json` gives one JSON object per line (docs/reference/logs.md).

    \b
    Examples:
      stackctl logs -f
      stackctl logs core --level warn --since 10m
      stackctl logs --grep timeout -C 3 -e prod
      stackctl logs --field status=500 --json | jq .message
    """
    from stackctl.cli.log_output import JsonOutput, TextOutput, look_of
    from stackctl.logs.project import logged_project, nothing_to_read
    from stackctl.ui.log_paint import Painter

    world = session.world()
    target, services = session.target()
    request = request_of(flags, services)
    found = logged_project(world, target, services, session.environments())
    if not found.containers and not request.follow:
        raise nothing_to_read(target, services)
    if found.instead:
        _tell(session, f"logs of {found.project}, which is all that runs here")
    if session.output.json:
        return _read(session, world, request, found, JsonOutput())
    names = sorted({item.service for item in found.containers})
    painter = Painter(look_of(session, flags, request), names)
    return _read(session, world, request, found, TextOutput(painter))


def _read(session: Session, world: World, request: LogRequest, found: LoggedProject, output: Output) -> Result | None:
    """Read to the end, or follow until Ctrl-C."""
    import gc

    from stackctl.logs.follow import Follow
    from stackctl.logs.history import History
    from stackctl.logs.pick import pick
    from stackctl.logs.record import hide

    follow = Follow(world.engine, world.clock, found.project, request.services)
    history = History(world.engine, request, lambda text: _tell(session, text))
    gc.disable()  # millions of small tuples and no cycles: looking for some took half of the time of reading
    try:
        if request.follow:
            follow.tell = lambda text: _tell(session, text)
            follow.listen()
        with closing(history.batches(found.containers)) as batches:
            for block in pick(batches, request):
                output(block._replace(records=hide(block.records, world.mask)))
        output.flush()
        if request.follow:
            from dataclasses import replace

            live = replace(request, tail=None, tail_each=None)
            with closing(follow.batches(found.containers, history.marks)) as batches:
                for block in pick(batches, live):
                    output(block._replace(records=hide(block.records, world.mask)))
                    output.flush()
    except KeyboardInterrupt:
        return Result(exit_code=130)
    return None


def _tell(session: Session, text: str) -> None:
    if not session.output.quiet:
        click.echo(session.mask(f"· {text}"), err=True)
