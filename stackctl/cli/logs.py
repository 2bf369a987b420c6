"""`stackctl logs`."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stackctl.cli.log_options import log_options, request_of
from stackctl.cli.options import with_session
from stackctl.errors import Misuse
from stackctl.ui.envelope import Result
from stackctl.ui.report import reader_gone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackctl.cli.session import Session
    from stackctl.lifecycle.world import World
    from stackctl.logs.follow import Follow
    from stackctl.logs.project import LoggedProject
    from stackctl.logs.request import LogRequest
    from stackctl.logs.source import Line
    from stackctl.workspace.target import Target


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
      stackctl logs --field status=500 --json
      stackctl logs --stats --since 1h
      stackctl logs --export logs.jsonl.zst
    """
    if flags["log_files"] or flags["previous"]:
        return _from_files(session, flags)
    from stackctl.logs.project import Asked, logged_project, nothing_to_read

    world = session.world()
    target, services = session.target()
    request = request_of(flags, services)
    found = logged_project(world, target, Asked(services, session.environments(), _get_ready))
    if not found.containers and not request.follow:
        raise nothing_to_read(target, services)
    if found.instead:
        tell(session, f"logs of {found.project}, which is all that runs here")
    return _shown(session, flags, request, _Reading(session, world, request, found))


def _get_ready() -> None:
    """Load what the lines will need, 25 ms of work, in the time in which the engine and Compose answer."""
    from importlib import import_module

    for name in ("cli.log_output", "logs.history", "logs.pick", "services.lines.formats", "engine.logstream"):
        import_module(f"stackctl.{name}")


class _Reading:
    """Reads a project's containers: what is there, then what comes."""

    def __init__(self, session: Session, world: World, request: LogRequest, found: LoggedProject) -> None:
        from stackctl.logs.history import History

        self.mask = world.mask
        self.names = sorted({item.service for item in found.containers})
        self.found = found
        self._request = request
        self._history = History(world.engine, world.clock, request, lambda text: tell(session, text))
        self._follow: Follow | None = None
        if request.follow:
            from stackctl.logs.follow import Follow

            self._follow = Follow(world.engine, world.clock, found.project, request.services)
            self._follow.tell = lambda text: tell(session, text)

    def there(self) -> Generator[list[Line]]:
        """Give what is there."""
        if self._follow:
            self._follow.listen()
        yield from self._history.batches(self.found.containers)

    def coming(self) -> Generator[list[Line]]:
        """Give what comes, until Ctrl-C."""
        if self._follow:
            yield from self._follow.batches(self.found.containers, self._history.marks)


def _from_files(session: Session, flags: dict[str, Any]) -> Result | None:
    """Read files instead of containers."""
    from stackctl.logs.files import file_batches
    from stackctl.logs.when import LAST_START, stamp_of

    if flags["follow"]:
        raise Misuse("a file cannot be followed", "leave --follow out")
    if flags["since"] == LAST_START:
        raise Misuse("a file does not tell when its container was started", "give a time, for example --since 10:30")
    world = session.world()
    if flags["previous"]:
        target, services = session.target()
        paths = _previous(world, target, services)
    else:
        services, paths = session.words, [Path(path) for path in flags["log_files"]]
    _teach(session, world)
    request = request_of(flags, services)
    since = stamp_of(request.since) if request.since else b""
    until = stamp_of(request.until) if request.until else b""

    class Reading:
        mask = world.mask
        names: tuple[str, ...] = ()
        found = None

        def there(self) -> Iterator[list[Line]]:
            for batch in file_batches(paths, since, until):
                wanted = [line for line in batch if line[1].service in services] if services else batch
                if wanted:
                    yield wanted

    return _shown(session, flags, request, Reading())


def _previous(world: World, target: Target, services: tuple[str, ...]) -> list[Path]:
    from stackctl.logs.previous import kept

    paths = kept(world, target.root, target.project)
    if not paths:
        raise Misuse(
            f"no last lines of {target.title} are kept" + (f" for {', '.join(services)}" if services else ""),
            "they are kept when up, restart or down removes a container",
            code="no-containers",
        )
    return paths


def _teach(session: Session, world: World) -> None:
    """Teach the mask what this folder's project knows, where it is one: a file may hold its secrets."""
    from stackctl.errors import StackctlError
    from stackctl.logs.project import learn

    try:
        learn(world, session.target()[0])
    except StackctlError:
        return


def _shown(session: Session, flags: dict[str, Any], request: LogRequest, reading: Any) -> Result | None:
    """Read to the end, or follow until Ctrl-C, and hand everything to the output."""
    import gc

    from stackctl.cli.log_output import log_output
    from stackctl.logs.pick import pick
    from stackctl.logs.record import hide

    gc.disable()  # millions of small tuples and no cycles: looking for some took half of the time of reading
    with log_output(session, flags, request, reading) as output:
        try:
            with closing(reading.there()) as batches:
                for block in pick(batches, request):
                    output(block._replace(records=hide(block.records, reading.mask)))
            output.flush()
            if request.follow:
                live = replace(request, tail=None, tail_each=None)
                with closing(reading.coming()) as batches:
                    for block in pick(batches, live):
                        output(block._replace(records=hide(block.records, reading.mask)))
                        output.flush()
        except KeyboardInterrupt:
            output.drop()
            return Result(exit_code=130, raw="")
        except BrokenPipeError:  # caught here: click would make it exit code 1
            reader_gone(sys.stdout)
            return None
        return output.result()


def tell(session: Session, text: str) -> None:
    """Say something beside the logs."""
    if not session.output.quiet:
        click.echo(session.mask(f"· {text}"), err=True)
