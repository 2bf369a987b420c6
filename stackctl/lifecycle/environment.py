"""The env file and the secrets of a target: planned from its templates, made at the first `up`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.env.fill import apply_fill, plan_fill
from stackctl.env.fill_plan import Surroundings
from stackctl.env.grammar import parse
from stackctl.env.layers import merge
from stackctl.env.template import load
from stackctl.env.write import quote
from stackctl.lifecycle.env_plan import OWN_FILE, EnvPlan
from stackctl.secrets.generate import generate
from stackctl.secrets.store import FileSecretStore
from stackctl.services.registry import derivers
from stackctl.workspace.home import project_home, scratch, secrets_dir
from stackctl.workspace.names import project_name
from stackctl.workspace.owner import record_owner

if TYPE_CHECKING:
    from stackctl.env.fill_plan import FillPlan
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target

SECRETS_DIR = "STACKCTL_SECRETS_DIR"


def plan_environment(world: World, target: Target) -> EnvPlan:
    """Give what is missing of a target's env file and secrets. Changes nothing. Raises ConfigError."""
    templates = [path for path in target.templates if path.is_file()]
    if target.plain or not templates or target.generated_env is None:
        return EnvPlan(target)
    layers = [
        load(path.read_bytes(), str(path.relative_to(target.root)), path.name.split(".")[0]) for path in templates
    ]
    data = world.files.read(target.generated_env)
    existing = None if data is None else parse(data, str(target.generated_env.relative_to(target.root)))
    # An instance shares the developer's env file and has secrets of its own: a small last file points to them.
    main = project_name(target.root.name, target.stack, target.env.value, "")
    store = FileSecretStore(secrets_dir(world.shell, target.project), world.files)
    around = Surroundings(target.generated_env, str(secrets_dir(world.shell, main)), store, derivers())
    template = merge(layers)
    fill = plan_fill(template, existing, around)
    own = _own_file(world, target) if target.project != main else None
    files = (*target.env_files, own[0]) if own else target.env_files
    shown = replace(target, env_files=files)
    written = own is None or world.files.read(own[0]) == own[1]
    return EnvPlan(
        shown,
        store.folder,
        fill,
        around,
        {} if fill.empty and written else _values(world, shown, fill, own),
        None if written else own,
        tuple(sorted(template.secrets)),
    )


def apply_environment(world: World, plan: EnvPlan) -> None:
    """Make what is missing; secrets first, so that a run cut short is finished by the next one. Raises ConfigError."""
    if plan.fill and plan.around and not plan.fill.empty:
        record_owner(project_home(world.shell, plan.target.project), plan.target.root, world.files)
        apply_fill(plan.fill, plan.around, world.files, lambda spec: generate(spec, world.entropy))
    if plan.own_file:
        scratch(plan.target.root, plan.target.project, world.files)
        world.files.write(*plan.own_file)


def _own_file(world: World, target: Target) -> tuple[Path, bytes]:
    folder = secrets_dir(world.shell, target.project)
    text = (
        f"# Made by stackctl: what the project {target.project} has of its own.\n{SECRETS_DIR}={quote(str(folder))}\n"
    )
    return scratch(target.root, target.project) / OWN_FILE, text.encode()


def _values(world: World, target: Target, fill: FillPlan, own: tuple[Path, bytes] | None) -> dict[str, str]:
    planned = {**({fill.path: fill.file.data} if fill.file.data else {}), **({own[0]: own[1]} if own else {})}
    values: dict[str, str] = {}
    for path in target.env_files:
        data = planned.get(path) or world.files.read(path)
        if data is not None:
            values |= parse(data, path.name).resolve(world.shell, values)
    return values
