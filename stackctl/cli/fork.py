"""`stackctl up --fork-from`: the copy that comes before the start."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.cli.lock import hold_to_change
from stackctl.errors import Misuse
from stackctl.ui.bytes import human_bytes
from stackctl.ui.envelope import Result
from stackctl.ui.style import BOLD
from stackctl.workspace.checkout import standing
from stackctl.workspace.events import note
from stackctl.workspace.find import NO_INSTANCE, find_place, find_target
from stackctl.workspace.home import home
from stackctl.workspace.register import read_register
from stackctl.workspace.target import Wish

if TYPE_CHECKING:
    from stackctl.cli.session import Session
    from stackctl.instances.fork import ForkPlan
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target

PLAIN = "default"  # as `up` calls a plain project without an environment


@dataclass(frozen=True)
class Asked:
    """What was asked for: the source in the user's words, and how."""

    text: str
    new_secrets: bool = False


@dataclass(frozen=True)
class Forked:
    """A fork that was planned, and made but for a dry run."""

    plan: ForkPlan

    @property
    def data(self) -> dict[str, object]:
        """Give it for scripts."""
        plan = self.plan
        return {
            "source": plan.source.project,
            "bytes": plan.size,
            "shared": list(plan.shared),
            "new_secrets": sorted(plan.renewal.new) if plan.renewal else [],
            "kept_secrets": dict(plan.renewal.kept) if plan.renewal else {},
        }

    def dry_run(self, session: Session) -> Result:
        """Give the plan as a result."""
        plan = self.plan
        head = f"{session.style(plan.target.title, BOLD)} would get a copy of {plan.source.title}:"
        steps = [*plan.steps(), f"start {plan.target.title} with ports of its own"]
        steps += [f"log in to {', '.join(plan.renewal.logins)}"] if plan.renewal and plan.renewal.logins else []
        data = {
            "dry_run": True,
            "project": plan.target.project,
            "steps": [{"text": step, "why": None} for step in steps],
            **self.data,
        }
        return Result(data=data, lines=[head, *(f"  {number}. {step}" for number, step in enumerate(steps, 1))])

    def started(self, world: World, shown: Result) -> Result:
        """Give the result of the start with what was forked; new logins are tried first. Raises BackupFailed."""
        plan = self.plan
        tried: list[str] = []
        if plan.renewal:
            from stackctl.instances.own_secrets import try_logins

            tried = try_logins(world, plan.target)
        line = f"it has a copy of {plan.source.title}"
        if plan.renewal:
            line += f", and secrets of its own: {', '.join(sorted(plan.renewal.new))}"
            line += f"; {', '.join(tried)} took the new login" if tried else ""
        kept = sorted(plan.renewal.kept.items()) if plan.renewal else []
        lines = [line, *(f"{name} is still that of {plan.source.title}: {why}" for name, why in kept)]
        lines += [f"both share {name}" for name in plan.shared]
        data = {**shown.data, "fork": {**self.data, "logins_tried": tried}}
        return replace(shown, data=data, lines=[*shown.lines, *lines])


def asked_for(world: World, target: Target, flags: Mapping[str, Any]) -> Asked | None:
    """Give the fork that is wanted: what the flags say, else one that was cut short. Raises Misuse."""
    if flags["fork_from"]:
        return Asked(flags["fork_from"], flags["new_secrets"])
    if flags["new_secrets"]:
        raise Misuse("--new-secrets belongs to --fork-from", "to change a secret: stackctl secrets generate NAME")
    from stackctl.instances.half import read_half

    half = read_half(world, target.project)
    if half is None or not half.asked:
        return None
    world.events(note(f"the fork of {half.asked} was cut short: it is made again"))
    return Asked(half.asked, half.new_secrets)


def fork(session: Session, world: World, target: Target, asked: Asked, lock_wait: float, *, dry_run: bool) -> Forked:
    """Copy data and secrets of the source into the new instance. Raises as `plan_fork` and `apply_fork`."""
    from stackctl.instances.fork import apply_fork, plan_fork
    from stackctl.instances.half import Half

    source = _source(session, world, target, asked.text)
    with ExitStack() as held:
        for project in sorted({source.project, target.project}):  # in one order: two forks must not wait for each other
            held.enter_context(hold_to_change(session, world, project, "fork", lock_wait, changes=not dry_run))
        plan = plan_fork(world, source, target, new_secrets=asked.new_secrets)
        if not dry_run:
            size = human_bytes(plan.size)
            world.events(note(f"{target.title} gets a copy of {source.title}: {len(plan.copies)} volumes, {size}"))
            apply_fork(world, plan, Half(source.project, asked.text, asked.new_secrets))
    return Forked(plan)


def _source(session: Session, world: World, target: Target, text: str) -> Target:
    """Give the target that is forked: an instance of this stack, wherever its folder is.

    Without one it is the plain environment, in a second checkout that of the first.
    """
    env, _slash, instance = text.partition("/")
    if target.plain and env == PLAIN:
        env, instance = "", instance or NO_INSTANCE
    elif not env and not instance:
        raise Misuse("--fork-from wants an environment", "write for example --fork-from dev or --fork-from dev/review")
    found = standing(target.root, session.shell)
    first = found.first if found and found.checkout.instance and found.first else target.root
    root = first
    if instance and instance != NO_INSTANCE:
        seats = read_register(home(session.shell), world.files).seats
        known = [seat for seat in seats if seat.instance == instance and seat.stack == target.stack]
        near = [seat for seat in known if Path(seat.root) in (target.root, first)] or known
        root = Path(near[0].root) if near else target.root
    wish = Wish(stack="" if target.plain else target.stack, env=env, instance=instance or NO_INSTANCE)
    return find_target(find_place(root), wish, session.shell)
