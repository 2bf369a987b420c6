"""`stackctl rehearse`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import click

from stackctl.cli.options import Duration, with_session
from stackctl.errors import CheckFailed, ConfigError, EngineError, Finding, Interrupted, Misuse, StackctlError
from stackctl.stack.durations import human
from stackctl.ui.envelope import Result
from stackctl.ui.style import BOLD, DIM, GOOD
from stackctl.workspace.events import note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackctl.cli.session import Session
    from stackctl.lifecycle.outcome import UpResult
    from stackctl.lifecycle.request import UpRequest
    from stackctl.lifecycle.world import World
    from stackctl.onboard.guide import Row
    from stackctl.onboard.rehearse import Stage
    from stackctl.verify.verify import Report
    from stackctl.workspace.target import Target


@dataclass
class Seen:
    """What a rehearsal saw: gaps, how long what took in seconds, the start's steps and result, and its test.

    A hop that is broken is no gap, as it is no failure of a first `up`: all is healthy.
    """

    gaps: list[Finding] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    result: UpResult | None = None
    steps: Sequence[Row] = ()
    broken: Report | None = None


@click.command("rehearse")
@click.option("--images", default="", metavar="auto|registry|local", help="Which images to use (also STACKCTL_IMAGES).")
@click.option("--timeout", type=Duration(), default=None, help="How long to wait until all is ready, such as 90s.")
@with_session(words="[ENV] [SERVICE]...", compose_files=False)
def command(session: Session, images: str, timeout: float | None) -> Result:
    """Start the committed files in a throw-away clone, as a new developer would, and name every gap.

    Clones what is committed, starts it in an instance of its own with nothing but that, and removes it. Gaps are
    variables that no template describes, values that somebody has to know, files that git does not have, images that
    may be others tomorrow, and a start that fails. Ends with what took how long. Exit 9 on a gap.

    \b
    Examples:
      stackctl rehearse
      stackctl rehearse prod --json
    """
    from stackctl.engine.git import GitCli, repository
    from stackctl.lifecycle.request import UpRequest
    from stackctl.onboard import ci, rehearse

    if session.wish.project or session.wish.files:
        raise Misuse("rehearse makes an instance of its own, of the committed files", "leave -p and -f out")
    world = session.world()
    root = session.place().root
    git = GitCli(session.shell)
    top = repository(git, root)
    asked, words = session.target()  # what is wrong with the command line is told before anything is cloned
    rehearse.sweep(world)
    began = world.clock.monotonic()
    session.progress(note(f"cloning what is committed in {top}"))
    stage = rehearse.set_stage(world, git, top, root)
    seen = Seen(seconds={"clone": world.clock.monotonic() - began})
    wish = replace(session.wish, instance=stage.name, env=asked.env.value)
    there = replace(session, wish=wish, here=stage.root, words=words)
    try:
        try:
            target, services = there.target()
        except (ConfigError, Misuse) as error:  # it is well in the user's own folder: so git does not have it
            seen.gaps.append(rehearse.uncommitted(error, stage, root))
            return _shown(session, asked, seen)
        with ci.ours(world, target.project):
            try:
                seen.gaps += rehearse.foreseen(world, target, stage, root)
                _start(there, world, target, seen, UpRequest(services=services, images=images, timeout=timeout))
            except (EngineError, Misuse):  # no gap of the project: this machine, or the command line
                raise
            except StackctlError as error:
                foreseen = {gap.message for gap in seen.gaps}
                seen.gaps += [gap for gap in rehearse.gaps_of(error, stage, root) if gap.message not in foreseen]
            finally:
                _end(world, target, stage)
    except KeyboardInterrupt:
        raise Interrupted("interrupted", "the rehearsal was removed") from None
    finally:
        world.files.remove_tree(stage.folder)
    return _shown(session, target, seen)


def _start(session: Session, world: World, target: Target, seen: Seen, request: UpRequest) -> None:
    """Do what a first `up` does, its test included."""
    from stackctl.cli.guided import Start, addresses, guide_of, lead, tested
    from stackctl.cli.lock import hold
    from stackctl.lifecycle.glance import Glance
    from stackctl.onboard.first_run import Progress

    began = world.clock.monotonic()
    start = Start(world, target, request, session.environments(), Glance(None), began)
    guide = guide_of(session, start, Progress(), verify=True, again=False)
    try:
        with hold(session, world, target.project, "rehearse", 0):
            guided = lead(session, start, guide)
        seen.result = guided.result
        seen.seconds["first healthy"] = world.clock.monotonic() - began
        guide.begin("verify")
        with guide.led():
            report = tested(guided)
        seen.broken = report
        addresses(session, guided)
    finally:
        seen.steps = guide.rows


def _end(world: World, target: Target, stage: Stage) -> None:
    from stackctl.onboard.ci import end, seat_for

    seat = seat_for(world, target.project)
    world.files.remove_tree(stage.folder)
    if seat is not None:
        world.events(note(f"removing {target.project}"))
        end(world, seat)


def _shown(session: Session, target: Target, seen: Seen) -> Result:
    from stackctl.cli.guided import step_lines
    from stackctl.cli.verify import broken_findings, broken_lines

    style = session.style
    lines = [style(f"rehearsed {target.title}", BOLD)]
    lines += [f"  {line}" for line in step_lines(session, seen.steps)]
    for name, seconds in seen.seconds.items():
        lines.append(f"  {name:14} {human(seconds)}")
    for row in seen.result.rows if seen.result else ():
        if row.seconds is not None:
            lines.append(style(f"    {row.service:16} {row.text or row.state} after {human(row.seconds)}", DIM))
    told = broken_findings(seen.broken, "warning") if seen.broken else []
    lines += broken_lines(session, seen.broken) if seen.broken else []
    data = {
        "project": target.project,
        "started": seen.result is not None,
        "seconds": {name.replace(" ", "_"): round(value, 3) for name, value in seen.seconds.items()},
        "steps": [row.as_dict() for row in seen.steps],
        "gaps": [item.as_dict() for item in seen.gaps],
    }
    if not seen.gaps:
        return Result(
            data=data, lines=[*lines, style("no gap: a new developer gets a healthy stack", GOOD)], findings=told
        )
    count = len(seen.gaps)
    error = CheckFailed(
        f"{count} gap{'s' if count > 1 else ''} between a clean clone and a healthy stack",
        "close each as it says, commit, and rehearse again",
        code="rehearsal-gaps",
        findings=seen.gaps,
    )
    error.data = data
    return Result(data=data, lines=lines, findings=[*seen.gaps, *told], exit_code=error.exit_code, error=error)
