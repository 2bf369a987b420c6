"""`stackctl up --fork-from`: the copy that comes before the start."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.cli.lock import hold
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


def fork(session: Session, world: World, target: Target, text: str, lock_wait: float, *, dry_run: bool) -> Result:
    """Copy data and secrets of the source into the new instance; give the plan as a result. Raises as `plan_fork`."""
    from stackctl.instances.fork import apply_fork, plan_fork

    source = _source(session, world, target, text)
    with ExitStack() as held:
        for project in sorted({source.project, target.project}):  # in one order: two forks must not wait for each other
            held.enter_context(hold(session, world, project, "fork", lock_wait))
        plan = plan_fork(world, source, target)
        if not dry_run:
            size = human_bytes(sum(item.size or 0 for item in plan.copies))
            world.events(note(f"{target.title} gets a copy of {source.title}: {len(plan.copies)} volumes, {size}"))
            apply_fork(world, plan)
    return _shown(session, plan)


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


def _shown(session: Session, plan: ForkPlan) -> Result:
    head = f"{session.style(plan.target.title, BOLD)} would get a copy of {plan.source.title}:"
    steps = [*plan.steps(), f"start {plan.target.title} with ports of its own"]
    data = {
        "dry_run": True,
        "project": plan.target.project,
        "source": plan.source.project,
        "steps": [{"text": step, "why": None} for step in steps],
        "bytes": sum(item.size or 0 for item in plan.copies),
    }
    return Result(data=data, lines=[head, *(f"  {number}. {step}" for number, step in enumerate(steps, 1))])
