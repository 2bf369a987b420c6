"""Why an environment does not stand: look at everything, collect the evidence, let the rules speak."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stackctl.errors import ConfigError, EngineError, Finding
from stackctl.health.arithmetic import given_up
from stackctl.health.collect import Subject, collect
from stackctl.health.evidence import Evidence
from stackctl.health.verdict import Verdict, verdicts
from stackctl.lifecycle.begin import environment_of
from stackctl.lifecycle.scene import compose_of, look, look_at_model, with_generated, without_probes
from stackctl.lifecycle.secrecy import learn_stack, learn_target

if TYPE_CHECKING:
    from pathlib import Path

    from stackctl.lifecycle.scene import Scene
    from stackctl.lifecycle.world import World
    from stackctl.stack.model import Stack
    from stackctl.workspace.target import Target

SALT_BYTES = 16


@dataclass(frozen=True)
class Known:
    """What the caller knows: Compose's own text, who was late, and which services were asked for (empty: all).

    `named` says that a person named them: such a one is missed even where it was left out of the start.
    """

    complaint: str = ""
    timed_out: Sequence[str] = ()
    services: Collection[str] = ()
    named: bool = False


NOTHING = Known()


def explain(world: World, target: Target, known: Known = NOTHING) -> list[Verdict]:
    """Give why a target does not stand, the first cause first; nothing where it stands.

    Raises EngineError where the engine is away, and ConfigError for files that Compose rejects for another reason than
    a missing variable.
    """
    return judged(evidence_of(world, target, known), known)


def judged(evidence: Evidence, known: Known = NOTHING) -> list[Verdict]:
    """Give the verdicts on evidence that is there, about the services that were asked for."""
    found = verdicts(evidence)
    if known.services:
        found = [item for item in found if _about(item, known.services)]
    return found


def evidence_of(world: World, target: Target, known: Known = NOTHING) -> Evidence:
    """Give the evidence about a target, also for a stack that plain Compose started. Raises as `explain` does."""
    learn_target(world, target)
    env = environment_of(world, target)
    missing = env.fill.missing if env.fill else ()
    if missing:
        return Evidence(
            target.project,
            world.clock.now(),
            complaint=f"the variable {missing[0].subject} is missing: {missing[0].hint}",
        )
    used = with_generated(env.target)
    try:
        scene = _with_profiles(world, look(world, used, env.variables), env.variables)
    except ConfigError as error:
        if error.code != "variable-missing":
            raise
        return Evidence(target.project, world.clock.now(), complaint=world.mask(error.message))
    learn_stack(world, scene.stack)
    subject = Subject(
        stack=scene.stack,
        containers=scene.containers,
        files=target.files,
        command=_command(target),
        now=world.clock.now(),
        salt=world.entropy.take(SALT_BYTES),
        findings=_findings(world, scene, env.new_secret_files),
        complaint=known.complaint,
        timed_out=(*known.timed_out, *_given_up(world, used, scene, env.variables, known.timed_out)),
        fills=_fills(world, target),
        builds=failed_builds(world, target, scene.stack),
        wanted=tuple(known.services) if known.named else (),
        disk_free=world.host.free_bytes(target.root),
        # A workspace that is not up has its images still to be chosen: a recipe may stand in for a missing one.
        ask_registry=target.plain or bool(scene.containers) or bool(known.complaint),
    )
    return collect(world.engine, world.mask, subject)


def _about(verdict: Verdict, services: Collection[str]) -> bool:
    return verdict.service in ("", *services) or bool(set(verdict.because_of_it) & set(services))


def _with_profiles(world: World, scene: Scene, variables: dict[str, str] | object) -> Scene:
    """Give the look with the services of other profiles as well that have containers: they may be why."""
    if all(item.service in scene.stack.services for item in scene.containers):
        return scene
    everything = replace(scene.target, profiles=("*",))
    extra = variables if isinstance(variables, dict) else None
    stack = look_at_model(world, compose_of(world, everything, extra), everything)
    running = {item.service for item in scene.containers}
    services = {name: item for name, item in stack.services.items() if name in scene.stack.services or name in running}
    return replace(scene, stack=replace(stack, services=services))


def _given_up(
    world: World, target: Target, scene: Scene, variables: Mapping[str, str], told: Collection[str]
) -> list[str]:
    """Give the services that the engine calls starting for our fast probes' sake alone: a start has given them up.

    `told` are those that the caller knows to be late: who has just waited need not have Compose asked again.
    """
    starting = [c for c in scene.containers if c.health == "starting" and c.probes and c.service not in told]
    author = without_probes(target)
    if not starting or author == target:
        return []
    services = look_at_model(world, compose_of(world, author, variables), author).services
    now = world.clock.now()
    checks = {name: service.healthcheck for name, service in services.items()}
    return [item.service for item in starting if given_up(checks.get(item.service), item, now)]


def _findings(world: World, scene: Scene, planned: frozenset[Path]) -> list[Finding]:
    """Give what the machine's checks say about the services that have not started."""
    from stackctl.doctor.around import survey
    from stackctl.doctor.ground import Ground
    from stackctl.doctor.ports import duplicates
    from stackctl.doctor.preflight import preflight

    idle = {
        name
        for name, service in scene.stack.services.items()
        if service.replicas and not any(item.state not in ("created",) and not item.error for item in scene.of(name))
    }
    if not idle:
        return []
    try:
        ground = Ground(
            stack=scene.stack,
            services=sorted(idle),
            facts=world.engine.facts(),
            around=survey(world.engine, scene.stack),
            host=world.host,
            planned=planned,
        )
        # One of the two may run and have the port: a duplicate is one of the file, whoever was first.
        return [*duplicates(scene.stack, list(scene.stack.services)), *preflight(ground)]
    except EngineError:
        return []  # the rest of the evidence may still say why


def _fills(world: World, target: Target) -> dict[str, tuple[str, str]]:
    from stackctl.images.fills import read_fills
    from stackctl.lifecycle.image_plan import fills_path

    try:
        return {
            name: (item.image, item.major)
            for name, item in read_fills(world.files, fills_path(world, target.project)).items()
        }
    except ConfigError:
        return {}


def failed_builds(world: World, target: Target, stack: Stack) -> dict[str, str]:
    """Give the kept log of the last build of each service whose build failed: service → text."""
    from stackctl.images.buildlog import last_log
    from stackctl.stack.model import built_name

    built = {name: built_name(stack, item) for name, item in stack.services.items() if item.build}
    if not built:
        return {}
    here = world.engine.images(set(built.values()))
    logs = {name: last_log(target.root, world.files, name) for name, image in built.items() if image not in here}
    return {name: text for name, text in logs.items() if text}


def _command(target: Target) -> str:
    """Give the start of a line to paste: Compose's own, short where the folder says it all."""
    env = f" {target.env.value}" if target.env.value else ""
    return f"stackctl compose{env} --"
