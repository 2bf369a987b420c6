"""Carry a start out: make, fetch, build, start, wait, and remember what was applied."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.engine.address import SYSTEM_SOCKETS
from stackctl.errors import StartError
from stackctl.health.asking import asking
from stackctl.health.wait import Waited, Watch, patience, wait_until_settled
from stackctl.images.fetch import carry_out
from stackctl.lifecycle.begin import digest_of
from stackctl.lifecycle.environment import apply_environment
from stackctl.lifecycle.failure import explained, raise_unless_standing
from stackctl.lifecycle.generated import write_generated
from stackctl.lifecycle.image_doors import image_doors
from stackctl.lifecycle.outcome import outcome_of
from stackctl.lifecycle.overlay import overlay_of
from stackctl.lifecycle.parts import Begins, untold
from stackctl.lifecycle.ports import remember
from stackctl.lifecycle.record import record, record_begun, with_own_key
from stackctl.lifecycle.run_compose import ComposeStopped, run_compose
from stackctl.lifecycle.scene import compose_of
from stackctl.lifecycle.secrecy import learn_target
from stackctl.lifecycle.select import partial
from stackctl.lifecycle.state import load_applied
from stackctl.lifecycle.timeline import keep_timeline
from stackctl.lifecycle.up_plan import with_facts
from stackctl.workspace.events import Event, note
from stackctl.workspace.git import revision
from stackctl.workspace.home import project_home
from stackctl.workspace.owner import record_owner

if TYPE_CHECKING:
    from stackctl.engine.door import Compose
    from stackctl.engine.values import EngineFacts
    from stackctl.lifecycle.outcome import UpResult
    from stackctl.lifecycle.plan import UpPlan
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target


def apply_up(world: World, plan: UpPlan, began: float, begins: Begins = untold) -> UpResult:
    """Do what the plan says; `began` is the monotonic time at which the command started.

    `begins` is told of each part as it begins.

    Raises StartError (5) for a service that failed, NotReady (6) when time ran out; containers stay as they are then.
    Ctrl-C stops the waiting and leaves the containers alone.
    """
    for text in (*plan.asked.notes, *_foreign_engine(plan)):
        world.events(note(text))
    apply_environment(world, plan.env, begins)
    learn_target(world, plan.env.target)
    begins("images")
    plan = _with_images(world, with_own_key(world, plan))
    if plan.env.new_secret_files:
        plan = with_facts(world, plan, load_applied(world, plan.scene.target.project), digest_of(world))
    remember(world, plan.scene.target.project, plan.moves)
    target = write_generated(world, plan)
    record_owner(project_home(world.shell, target.project), target.root, world.files)
    if plan.builds:
        _build(world, plan, target)
    begins("start")
    plan = record_begun(world, plan)
    since = world.clock.now()
    try:
        waited = _start_and_wait(world, plan, target, began)
    except ComposeStopped as error:
        from stackctl.lifecycle.explain import Known  # rules and checks: only a failed start needs their code

        known = Known(complaint=error.said, services=plan.selected)
        raise explained(world, plan.asked, error, known) from error
    if plan.request.wait:
        raise_unless_standing(world, plan.asked, waited, plan.selected)
    there = waited.containers or world.engine.containers(target.project)
    plan = replace(plan, scene=replace(plan.scene, containers=there))
    # Before the record: a plain project may have its own folder as build context, and the record stamps that.
    chain, findings = keep_timeline(world, plan, since) if plan.request.wait else ("", ())
    if plan.request.wait:  # what is remembered is what was seen well
        record(world, plan)
    result = outcome_of(plan, waited, world.clock.monotonic() - began)
    return replace(result, chain=chain, findings=(*result.findings, *findings))


def _foreign_engine(plan: UpPlan) -> list[str]:
    """Name an engine that is not the usual one: containers would start where nobody looks for them."""
    facts = plan.facts
    if facts is None or (facts.context in ("", "default") and facts.host in ("", *SYSTEM_SOCKETS)):
        return []
    return [f"on the engine of context {facts.context} ({facts.host})"]


def _with_images(world: World, plan: UpPlan) -> UpPlan:
    if plan.images.ready:
        return plan
    images = carry_out(plan.images, image_doors(world, plan.scene.target.root, _facts_of(plan)))
    plan = replace(plan, images=images)
    plan = replace(plan, overlay=overlay_of(world, plan))
    return with_facts(world, plan, load_applied(world, plan.scene.target.project), digest_of(world))


def _build(world: World, plan: UpPlan, target: Target) -> None:
    from stackctl.images.buildlog import disk_logs
    from stackctl.images.progress import StepReader

    steps = StepReader()
    start = world.clock.monotonic()
    names = sorted(plan.builds)
    subject = ", ".join(names)
    for name, why in plan.builds.items():
        world.events(Event("phase", f"building, {why}", name, "running"))
    with disk_logs(target.root, world.files)("-".join(names)) as log:

        def on_line(line: str) -> None:
            log.write(line)
            step = steps.read(line)
            if step:
                world.events(Event("image", step, subject, "running", world.clock.monotonic() - start))

        try:
            world.engine.build_services(compose_of(world, target), names, on_line, _arguments(plan))
        except StartError as error:
            raise StartError(
                error.message, f"{error.hint}; the whole log: {log.path}", code=error.code, findings=error.findings
            ) from error
    world.events(Event("image", "built", subject, "done", world.clock.monotonic() - start))


def _arguments(plan: UpPlan) -> dict[str, str]:
    """Give the commit for Dockerfiles that ask for it.

    It is no build input: each commit would rebuild every image. So it says from which commit an image was made.
    """
    asked = any("ARG GIT_REVISION" in text for text in plan.images.question.dockerfiles.values())
    commit = revision(plan.scene.target.root) if asked else ""
    return {"GIT_REVISION": commit} if commit else {}


def _start_and_wait(world: World, plan: UpPlan, target: Target, began: float) -> Waited:
    request, compose = plan.request, compose_of(world, target)
    before = frozenset(container.id for container in plan.scene.containers)
    start = world.clock.monotonic()
    # What the user gives is for the whole command; our own guess is for the wait alone.
    timeout = (
        max(1.0, request.timeout - (start - began)) if request.timeout else patience(plan.scene.stack, plan.selected)
    )
    watch = Watch(
        plan.scene.stack,
        plan.selected,
        timeout,
        before,
        scale=request.scale,
        until_started=not request.wait,
        known=plan.scene.containers,
    )
    with asking(world.engine, world.clock) as ask:
        return _stages(world, plan, compose, replace(watch, ask=ask))


def _stages(world: World, plan: UpPlan, compose: Compose, watch: Watch) -> Waited:
    """Start; then recreate what only we know has changed; then restart what was left, each with its wait."""
    request, start = plan.request, world.clock.monotonic()
    names = list(plan.selected) if partial(plan.scene.stack, plan.selected) else []
    waited = Waited({}, {}, timed_out=False)
    if plan.builds or plan.creates or plan.recreates or plan.starts or request.forces or not plan.touched:
        waited = run_compose(world, compose, [*_words(plan), *names], watch)
    if plan.touched and not (waited.failed or waited.timed_out):
        for name, why in plan.touched.items():
            world.events(Event("phase", f"recreating, {why}", name, "running"))
        # Not --no-deps: it takes the dependencies out of the model, and with it changes the hash in the label.
        words = ["--force-recreate", *sorted(plan.touched)]
        rest = replace(watch.since(world.clock.monotonic() - start), known=waited.containers or watch.known)
        waited = run_compose(world, compose, words, rest)
    if request.restart and plan.left and not (waited.failed or waited.timed_out):
        world.events(Event("phase", f"restarting {', '.join(plan.left)}", state="running"))
        world.engine.restart(compose, plan.left)
        waited = wait_until_settled(world.engine, world.clock, world.events, replace(watch, known=None))
    return waited


def _words(plan: UpPlan) -> list[str]:
    request = plan.request
    words = []
    if request.force_recreate:
        words.append("--force-recreate")
    if request.no_deps:
        words.append("--no-deps")
    if request.remove_orphans:
        words.append("--remove-orphans")
    if request.build is False:
        words.append("--no-build")
    if request.pull:
        words += ["--pull", "always"]
    for name, count in request.scale.items():
        words += ["--scale", f"{name}={count}"]
    return words


def _facts_of(plan: UpPlan) -> EngineFacts:
    assert plan.facts is not None  # a plan with work to do has passed preflight
    return plan.facts
