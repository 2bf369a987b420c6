"""`stackctl ci`."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stackctl.cli.complete import complete_service
from stackctl.cli.failure_bundle import check_path, write_bundle
from stackctl.cli.options import Duration, with_session
from stackctl.errors import CheckFailed, Finding, Interrupted, Misuse, StackctlError
from stackctl.stack.durations import human
from stackctl.ui.envelope import Result
from stackctl.ui.style import BAD, BOLD, GOOD
from stackctl.workspace.events import note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stackctl.cli.session import Session
    from stackctl.lifecycle.request import UpRequest
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target

ATTEMPTS = 2
COMMAND = "stackctl.ci.command"


class WithCommand(click.Command):
    """A command line whose words after `--` are a command of the user's; everything before is ours."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep what follows the first `--` apart: an environment may be called what a program is called."""
        cut = args.index("--") if "--" in args else len(args)
        ctx.meta[COMMAND] = tuple(args[cut + 1 :])
        return super().parse_args(ctx, args[:cut])


@dataclass
class Run:
    """What became of one run; `failed` is `stack`, `command` or nothing."""

    code: int = 0
    failed: str = ""
    up_seconds: float | None = None
    seconds: float | None = None
    error: StackctlError | None = None
    left: Finding | None = None
    bundle: str | None = None
    findings: list[Finding] = field(default_factory=list)


@click.command("ci", cls=WithCommand)
@click.option(
    "--as",
    "service",
    default="",
    metavar="SERVICE",
    shell_complete=complete_service,
    help="Whose variables CMD gets; default: the only service that is built here.",
)
@click.option("--images", default="", metavar="auto|registry|local", help="Which images to use (also STACKCTL_IMAGES).")
@click.option("--timeout", type=Duration(), default=None, help="How long to wait until all is ready, such as 90s.")
@click.option(
    "--bundle-on-failure",
    "bundle",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="When the stack or CMD fails, write what `stackctl bundle` writes, before the instance goes.",
)
@with_session(words="[ENV] -- CMD...")
def command(session: Session, service: str, images: str, timeout: float | None, bundle: Path | None) -> Result:
    """Start a throw-away instance, run CMD against it, and remove it with its data.

    The instance has volumes, networks, secrets and host ports of its own, so several runs go on side by side. CMD gets
    the variables of `env run`, and STACKCTL_INSTANCE, so that `stackctl urls` in it means this instance. The instance
    is removed whatever happens, also at Ctrl-C and SIGTERM. The exit code is CMD's own, or that of the start where the
    stack failed; the last line says which of them it was.

    \b
    Examples:
      stackctl ci -- pytest -q
      stackctl ci dev --as core -- npm test
      stackctl ci prod --timeout 3m --json -- ./smoke.sh
      stackctl ci dev --bundle-on-failure trouble.tar.zst -- npm test
    """
    from stackctl.lifecycle.request import UpRequest
    from stackctl.onboard import ci

    words: tuple[str, ...] = click.get_current_context().meta.get(COMMAND, ())
    if not words:
        raise Misuse("ci wants a command", "write for example: stackctl ci dev -- pytest -q")
    if shutil.which(words[0]) is None:
        raise Misuse(f"there is no program {words[0]}", "check the name, or give its path", code="no-program")
    if bundle is not None:
        check_path(bundle)
    world = session.world()
    session = replace(session, wish=replace(session.wish, instance=_name(session, world)))
    target, services = session.target()
    ci.sweep(world, target.root)
    ci.check_new(world, target)
    request = UpRequest(services=services, images=images, timeout=timeout)
    found = Run()
    with ci.ours(world, target.project):
        try:
            try:
                _start_and_run(session, world, target, found, _Asked(request, service, words))
            except StackctlError as error:
                found.error, found.failed = error, "" if isinstance(error, Misuse) else "stack"
            if bundle is not None and found.failed:
                _bundle(session, bundle, found, words)
        except KeyboardInterrupt:
            found.error = Interrupted("interrupted", "the instance was removed")
        finally:
            _remove(session, world, target, found)
    return _shown(session, target, found)


@dataclass(frozen=True)
class _Asked:
    request: UpRequest
    service: str
    words: tuple[str, ...]


def _name(session: Session, world: World) -> str:
    from stackctl.onboard.ci import new_name
    from stackctl.workspace.find import NO_INSTANCE

    given = session.wish.instance
    return new_name(world) if given in ("", NO_INSTANCE) else given


def _start_and_run(session: Session, world: World, target: Target, found: Run, asked: _Asked) -> None:
    from stackctl.cli.lock import hold
    from stackctl.cli.seeding import fill_stores, note_first_starts
    from stackctl.cli.start import carry_out, make_plan
    from stackctl.lifecycle.host_environment import chosen, host_environment_of

    began = world.clock.monotonic()
    with hold(session, world, target.project, "ci", 0):
        plan = make_plan(world, target, asked.request, session.environments())
        service = chosen(plan.scene.stack, asked.service)  # what is wrong with the command line is told before a start
        note_first_starts(world, plan)
        carry_out(world, plan, began)
        found.findings += fill_stores(session, world, target)[1]
    found.up_seconds = world.clock.monotonic() - began
    session.progress(note(f"{target.title} is up in {human(found.up_seconds)}; running {asked.words[0]}"))
    values = host_environment_of(world, target, service).values
    session.progress.close()
    began = world.clock.monotonic()
    found.code = _run(session, asked.words, {**session.shell, **values, **_ours(target)})
    found.seconds = world.clock.monotonic() - began
    found.failed = "command" if found.code else ""


def _ours(target: Target) -> dict[str, str]:
    """Give what leads a stackctl that CMD calls to this instance."""
    found = {"STACKCTL_INSTANCE": target.instance, "STACKCTL_ENV": target.env.value}
    return {**found, **({} if target.plain else {"STACKCTL_STACK": target.stack})}


def _run(session: Session, words: Sequence[str], env: Mapping[str, str]) -> int:
    from stackctl.engine.run import foreground

    sys.stdout.flush()
    # With --json standard output is for the one object alone.
    return foreground(words, env, session.here, to_err=session.output.json)


def _bundle(session: Session, path: Path, found: Run, words: Sequence[str]) -> None:
    failed = found.error or CheckFailed(
        f"the command {words[0]} failed with exit code {found.code}", "see what it printed", code="command-failed"
    )
    written = write_bundle(session, "ci", path, failed)
    found.findings.append(written)
    found.bundle = str(path) if written.code == "bundle-written" else None


def _remove(session: Session, world: World, target: Target, found: Run) -> None:
    """Remove the instance; a Ctrl-C meanwhile begins it again once, and the second one ends it with the way out."""
    from stackctl.onboard.ci import end, seat_for

    seat = seat_for(world, target.project)
    if seat is None:
        return
    hint = f"remove it: stackctl instances remove {target.project}"
    for _attempt in range(ATTEMPTS):
        try:
            session.progress(note(f"removing {target.project}"))
            end(world, seat)
        except KeyboardInterrupt:
            found.left = Finding("instance-left", "error", target.project, f"{target.project} is left", hint)
        except StackctlError as error:
            message = f"{target.project} could not be removed: {error.message}"
            found.left = Finding("instance-left", "error", target.project, message, hint)
            return
        else:
            found.left = None
            return


def _shown(session: Session, target: Target, found: Run) -> Result:
    data = {
        "project": target.project,
        "failed": found.failed or None,
        "command_exit_code": found.code if found.seconds is not None else None,
        "up_seconds": _rounded(found.up_seconds),
        "command_seconds": _rounded(found.seconds),
        "removed": found.left is None,
        "bundle": found.bundle,
    }
    findings = [*found.findings, *([found.left] if found.left else [])]
    style = session.style
    if found.error is not None:
        found.error.data = {**found.error.data, **data}
        said = f"{style(target.title, BOLD)}: {style('the stack failed', BAD)}; the command was not run"
        lines = [said] if found.failed else []
        more = (*found.error.findings, *findings)
        return Result(found.error.data, lines, more, found.error.exit_code, found.error)
    times = f"up {human(found.up_seconds or 0)}, command {human(found.seconds or 0)}"
    if found.code:
        line = f"{style(target.title, BOLD)}: {style('the command failed', BAD)} with exit code {found.code} ({times})"
    else:
        line = f"{style(target.title, BOLD)}: {style('the command succeeded', GOOD)} ({times})"
    return Result(data=data, lines=[line], findings=findings, exit_code=found.code)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
