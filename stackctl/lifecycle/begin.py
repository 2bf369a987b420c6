"""The first moment of `up`: the environment, and a look at model and containers that goes on while code is loaded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.doctor.requires import check_requires
from stackctl.lifecycle.ahead import ask_ahead
from stackctl.lifecycle.env_memo import recall
from stackctl.lifecycle.env_plan import EnvPlan
from stackctl.lifecycle.scene import Looking, begin_look
from stackctl.lifecycle.secrecy import learn_target
from stackctl.workspace.home import home

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackctl.engine.values import Container
    from stackctl.lifecycle.world import World
    from stackctl.secrets.digest import Digest
    from stackctl.workspace.target import Target


@dataclass(frozen=True)
class Begun:
    """What has begun: the plan of the environment, and the look that goes on."""

    env: EnvPlan
    looking: Looking


def begin(world: World, target: Target, containers: Sequence[Container] | None = None) -> Begun:
    """Begin; `containers` are the project's where somebody has just looked at them.

    Raises EngineError for what the stack requires and is not here, ConfigError for an env file or template that does
    not parse, and for missing values, all at once.
    """
    learn_target(world, target)
    check_requires(world.engine, target.files)
    env = environment_of(world, target)
    env.check_complete()
    looking = begin_look(world, env.target, env.variables, containers)
    return Begun(env, replace(looking, ahead=ask_ahead(world, env.target.project, looking.containers)))


def environment_of(world: World, target: Target) -> EnvPlan:
    """Give what the environment lacks: from the record where it still holds, else from the templates."""
    if not any(path.is_file() for path in target.templates) and not target.instance:
        return EnvPlan(target)
    # Which variables publish ports is not in the record: an instance reads its files.
    known = None if target.instance else recall(world, target, digest_of(world))
    if known is not None:
        return known
    from stackctl.lifecycle.environment import plan_environment  # reads templates: 40 ms of code

    return plan_environment(world, target)


def digest_of(world: World) -> Digest:
    """Give the keyed digest of this machine's home.

    A throw-away one where the home has no key yet: planning writes nothing.
    """
    from stackctl.secrets.digest import KEY_BYTES, Digest, load_digest

    if not has_key(world):
        return Digest(world.entropy.take(KEY_BYTES))
    return load_digest(_key(world), world.files, world.entropy)


def has_key(world: World) -> bool:
    """Say whether the home has a key of its own."""
    return world.files.read(_key(world)) is not None


def make_key(world: World) -> None:
    """Make the home's key."""
    from stackctl.secrets.digest import load_digest

    load_digest(_key(world), world.files, world.entropy)


def _key(world: World) -> Path:
    return home(world.shell) / "digest.key"
