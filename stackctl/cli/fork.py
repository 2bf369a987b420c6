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
    from stackctl.backup.manifest import Manifest
    from stackctl.cli.session import Session
    from stackctl.instances.fork import ForkPlan, ForkRequest
    from stackctl.lifecycle.request import UpRequest
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target

PLAIN = "default"  # as `up` calls a plain project without an environment


@dataclass(frozen=True)
class Asked:
    """What was asked for: the source in the user's words, and how."""

    text: str
    request: ForkRequest
    lock_wait: float
    dry_run: bool


@dataclass(frozen=True)
class Forked:
    """A fork that was planned, and made but for a dry run; `manifest` is of the set that it went through, if it did."""

    plan: ForkPlan
    manifest: Manifest | None = None

    @property
    def consistency(self) -> dict[str, str]:
        """Give how sure each service's copy is, where it was saved."""
        return {item.service: item.consistency for item in self.manifest.payloads} if self.manifest else {}

    @property
    def data(self) -> dict[str, object]:
        """Give it for scripts."""
        plan = self.plan
        return {
            "source": plan.source.project,
            "way": "backup" if plan.saving else "copy",
            "why": plan.why or None,
            "consistency": self.consistency,
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
        fuzzy = sorted(name for name, kind in self.consistency.items() if kind == "fuzzy")
        if fuzzy:
            lines.append(
                f"the copy of {', '.join(fuzzy)} is fuzzy: what was written while it was made may be in it or not"
            )
        data = {**shown.data, "fork": {**self.data, "logins_tried": tried}}
        return replace(shown, data=data, lines=[*shown.lines, *lines])


def asked_for(world: World, target: Target, flags: Mapping[str, Any], lock_wait: float, dry_run: bool) -> Asked | None:
    """Give the fork that is wanted: what the flags say, else one that was cut short. Raises Misuse."""
    from stackctl.instances.fork import ForkRequest
    from stackctl.instances.half import read_half

    if flags["fork_from"]:
        request = ForkRequest(flags["new_secrets"], not flags["no_quiesce"])
        return Asked(flags["fork_from"], request, lock_wait, dry_run)
    if flags["new_secrets"] or flags["no_quiesce"]:
        name = "--new-secrets" if flags["new_secrets"] else "--no-quiesce"
        raise Misuse(f"{name} belongs to --fork-from", "write for example --instance review --fork-from dev")
    half = read_half(world, target.project)
    if half is None or not half.asked:
        return None
    world.events(note(f"the fork of {half.asked} was cut short: it is made again"))
    return Asked(half.asked, ForkRequest(half.new_secrets, half.quiesce), lock_wait, dry_run)


def fork(session: Session, world: World, target: Target, asked: Asked, request: UpRequest) -> Forked:
    """Copy data and secrets of the source into the new instance. Raises as `plan_fork` and `apply_fork`."""
    from stackctl.instances.fork import apply_fork, plan_fork
    from stackctl.instances.half import Half
    from stackctl.instances.through_backup import apply_through_backup

    source = _source(session, world, target, asked.text)
    with ExitStack() as held:
        for project in sorted({source.project, target.project}):  # in one order: two forks must not wait for each other
            held.enter_context(
                hold_to_change(session, world, project, "fork", asked.lock_wait, changes=not asked.dry_run)
            )
        plan = plan_fork(world, source, target, asked.request)
        if plan.saving and (request.services or request.without):
            raise Misuse(
                f"this fork goes through a backup ({plan.why}), which fills every service",
                "name no services; end those that you do not want afterwards: stackctl stop",
            )
        if asked.dry_run:
            return Forked(plan)
        size = human_bytes(plan.size)
        world.events(note(f"{target.title} gets a copy of {source.title}: {len(plan.copies)} volumes, {size}"))
        half = Half(source.project, asked.text, asked.request.new_secrets, asked.request.quiesce)
        if plan.saving is None:
            apply_fork(world, plan, half)
            return Forked(plan)
        environments = session.environments()
        return Forked(
            plan, apply_through_backup(world, plan, half, lambda: _begin(world, target, request, environments))
        )


def _begin(world: World, target: Target, request: UpRequest, environments: list[str]) -> None:
    """Start the copy while it is half a copy: what `up` itself refuses."""
    from stackctl.cli.start import carry_out
    from stackctl.lifecycle.begin import begin
    from stackctl.lifecycle.up_plan import plan_up

    begun = begin(world, target)
    carry_out(world, plan_up(world, target, request, environments, begun), world.clock.monotonic())


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
