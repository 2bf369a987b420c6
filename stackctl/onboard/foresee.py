"""What a clone would lack, told before anything is started: all of it at once, as far as the model can be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.doctor.around import survey
from stackctl.doctor.binds import bind_findings
from stackctl.doctor.builds import build_findings
from stackctl.doctor.externals import external_findings
from stackctl.doctor.ground import Ground
from stackctl.doctor.mounted import secret_findings
from stackctl.errors import ConfigError, Finding
from stackctl.lifecycle.begin import environment_of
from stackctl.lifecycle.scene import compose_of, look_at_model
from stackctl.services.base import tag_of

if TYPE_CHECKING:
    from stackctl.lifecycle.env_plan import EnvPlan
    from stackctl.lifecycle.world import World
    from stackctl.stack.model import Stack
    from stackctl.workspace.target import Target

EXTERNAL = ("network-missing", "volume-missing")
STAND_IN = "0"  # a number and a text at once, so that a value nobody knows does not hide the gaps behind it


def foresee(world: World, target: Target) -> list[Finding]:
    """Give a finding for each value to give by hand, file that is not there, and image that may change.

    Nothing where the files give no model: the start says why. Raises EngineError.
    """
    try:
        env = environment_of(world, target)
    except ConfigError:
        return []
    stack, names = _model(world, env)
    declared = [finding.subject for finding in env.fill.missing] if env.fill else []
    found = [by_hand(name, target) for name in dict.fromkeys([*declared, *names])]
    if stack is not None:
        found += [*_absent(world, env, stack), *unpinned(stack)]
    return found


def by_hand(name: str, target: Target) -> Finding:
    """Give the gap of a value that somebody has to know."""
    return Finding(
        "manual-step",
        "error",
        name,
        f"{name} has to be given by hand: it has no default, and nothing generates it",
        f"give it a default in {template_name(target)}, or have it made: # stackctl: generate=hex(32)",
    )


def template_name(target: Target) -> str:
    """Give the template in which a new variable is described."""
    return target.templates[0].name if target.templates else ".env.template"


def unpinned(stack: Stack) -> list[Finding]:
    """Give a finding for each image that may be another one tomorrow: no tag, `latest`, and no digest."""
    return [
        Finding(
            "unpinned-image",
            "error",
            name,
            f"{name} uses {service.image}, which may be another image tomorrow",
            "name a version: IMAGE:VERSION, or a digest",
        )
        for name, service in sorted(stack.services.items())
        if service.image and service.build is None and "@" not in service.image and tag_of(service.image) == "latest"
    ]


def _model(world: World, env: EnvPlan) -> tuple[Stack | None, Sequence[str]]:
    """Give the model, and the variables that stand in for values that nobody gives."""
    compose = compose_of(world, env.target, env.variables)
    try:
        return look_at_model(world, compose, env.target), ()
    except ConfigError as error:
        if error.code != "variable-missing":
            return None, ()
    names = world.engine.missing_variables(compose)
    filled = replace(compose, variables={**compose.variables, **dict.fromkeys(names, STAND_IN)})
    try:
        return look_at_model(world, filled, env.target), names
    except ConfigError:
        return None, names


def _absent(world: World, env: EnvPlan, stack: Stack) -> Iterator[Finding]:
    ground = Ground(
        stack=stack,
        services=frozenset(stack.services),
        facts=world.engine.facts(),
        around=survey(world.engine, stack),
        host=world.host,
        planned=env.new_secret_files,
    )
    found = [*bind_findings(ground), *build_findings(ground), *secret_findings(ground), *external_findings(ground)]
    secrets = [str(source.file) for source in stack.secrets.values() if source.file]
    for finding in dict.fromkeys(found):
        # A secret that nobody generates is put there by hand; it never belongs into git, as other files do.
        by_hand = finding.code in EXTERNAL or any(path in finding.message for path in secrets)
        if finding.severity == "error":
            yield replace(finding, code="manual-step" if by_hand else "missing-file")
