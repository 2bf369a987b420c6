"""`env init` and `env sync`: planned for a target, with what Compose demands beside what the templates say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stackctl.env.sync import SyncPlan, plan_sync
from stackctl.errors import ConfigError, EngineError
from stackctl.images.fills import read_fills
from stackctl.lifecycle.effective import read_all_uses
from stackctl.lifecycle.env_files import PLAIN_TEMPLATES, own_env_file, read_env_file, shown_path
from stackctl.lifecycle.environment import NOTHING, apply_environment, plan_environment
from stackctl.lifecycle.gate import check_new_secrets
from stackctl.lifecycle.image_plan import fills_path
from stackctl.lifecycle.scene import Scene, compose_of, look_at_model
from stackctl.lifecycle.secrecy import learn_target

if TYPE_CHECKING:
    from stackctl.lifecycle.env_plan import EnvPlan
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target


def plan_init(world: World, target: Target, given: Mapping[str, str] = NOTHING) -> EnvPlan:
    """Give what `env init` would make. Raises ConfigError where there is no template, and for what cannot be read."""
    plan = plan_environment(world, target, given, plain=True)
    if plan.fill is None:
        names = " or ".join(PLAIN_TEMPLATES) if target.plain else str(target.templates[-1].relative_to(target.root))
        raise ConfigError(
            f"{target.title} has no template", f"say which variables there are in {names}", code="no-template"
        )
    return plan


def apply_init(world: World, plan: EnvPlan) -> None:
    """Make it. Raises Refused for a secret that would be new beside a volume filled with an old one, ConfigError."""
    plan.check_complete()
    if plan.generated:
        compose = compose_of(world, plan.target, plan.variables)
        scene = Scene(plan.target, compose, look_at_model(world, compose, plan.target), ())
        check_new_secrets(scene, plan, _volumes(world, plan.target.project))
    apply_environment(world, plan)
    learn_target(world, plan.target)


def _volumes(world: World, project: str) -> list[str]:
    try:
        return world.engine.volume_names(project)
    except EngineError:  # an env file is made without the engine too; what earlier starts noted is known then
        return list(read_fills(world.files, fills_path(world, project)))


@dataclass(frozen=True)
class Sync:
    """A sync of one env file: what becomes of the file, and all that would be made, secrets included."""

    env: EnvPlan
    plan: SyncPlan
    shown: str


def plan_target_sync(world: World, target: Target, given: Mapping[str, str] = NOTHING) -> Sync:
    """Give what `env sync` would change. Raises ConfigError where there is no template or no env file yet."""
    env = plan_init(world, target, given)
    path = own_env_file(target)
    shown = shown_path(target, path)
    existing = read_env_file(world, path, shown)
    if existing is None or env.fill is None or env.template is None:
        name = "" if target.plain else f" {target.env.value}"
        raise ConfigError(f"there is no {shown} yet", f"make it: stackctl env init{name}", code="env-file-missing")
    used = {use.key for use in read_all_uses(world, target).uses}
    plan = plan_sync(env.template, existing, env.fill.file, used)
    data = None if plan.before.text == plan.after.text else plan.after.to_bytes()
    return Sync(replace(env, fill=replace(env.fill, file=replace(env.fill.file, data=data))), plan, shown)
