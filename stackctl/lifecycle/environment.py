"""The env file and the secrets of a target: planned from its templates, made at the first `up`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from stackctl.env.demands import demanded
from stackctl.env.fill import apply_fill, plan_fill
from stackctl.env.fill_plan import Surroundings
from stackctl.env.grammar import parse
from stackctl.env.write import quote
from stackctl.lifecycle.env_files import own_env_file, read_env_file, read_templates, shown_path
from stackctl.lifecycle.env_plan import OWN_FILE, EnvPlan, with_own
from stackctl.lifecycle.parts import Begins, untold
from stackctl.lifecycle.seat import keep_variables, port_variables, seat_of
from stackctl.secrets.generate import generate
from stackctl.secrets.store import FileSecretStore
from stackctl.services.registry import derivers
from stackctl.workspace.home import project_home, scratch, secrets_dir
from stackctl.workspace.owner import record_owner

if TYPE_CHECKING:
    from stackctl.env.fill_plan import FillPlan
    from stackctl.env.grammar import EnvFile
    from stackctl.env.item import Template
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target

SECRETS_DIR = "STACKCTL_SECRETS_DIR"
NOTHING: Mapping[str, str] = MappingProxyType({})


def plan_environment(
    world: World, target: Target, given: Mapping[str, str] = NOTHING, *, plain: bool = False
) -> EnvPlan:
    """Give what is missing of a target's env file and secrets. Changes nothing. Raises ConfigError.

    `given` are values that somebody says now, by key. A plain project is filled only where `plain` asks for it: its
    `.env` is the user's own.
    """
    if target.plain and not plain:
        return _without_template(world, target)
    template = read_templates(world, target)
    if target.plain:
        from stackctl.lifecycle.effective import read_all_uses

        template = demanded(template, read_all_uses(world, target).uses, world.shell)
    if not template.items:
        return _without_template(world, target)
    path = own_env_file(target)
    existing = read_env_file(world, path, shown_path(target, path))
    # An instance shares the developer's env file and has secrets of its own: a small last file points to them.
    main = target.main_project
    store = FileSecretStore(secrets_dir(world.shell, target.project), world.files)
    made = _made(world, template, existing, given)
    around = Surroundings(path, str(secrets_dir(world.shell, main)), store, derivers(), {**made, **given})
    fill = plan_fill(template, existing, around)
    ports = _ports(world, target, _planned(fill))
    own = _own_file(world, target, ports, secrets=target.project != main)
    shown = with_own(target, own[0]) if own else target
    written = own is None or world.files.read(own[0]) == own[1]
    return EnvPlan(
        shown,
        store.folder,
        fill,
        around,
        {} if fill.empty and written else _values(world, shown, {**_planned(fill), **(dict([own]) if own else {})}),
        None if written else own,
        tuple(sorted(template.secrets)),
        tuple(made),
        template,
        ports,
    )


def _without_template(world: World, target: Target) -> EnvPlan:
    """Give the plan where nothing is filled: an instance still has ports of its own."""
    ports = _ports(world, target, {})
    own = _own_file(world, target, ports, secrets=False)
    if own is None:
        return EnvPlan(target)
    written = world.files.read(own[0]) == own[1]
    values = {} if written else {name: str(port) for name, port in ports.items()}
    return EnvPlan(with_own(target, own[0]), variables=values, own_file=None if written else own, ports=ports)


def _ports(world: World, target: Target, planned: Mapping[Path, bytes]) -> dict[str, int]:
    """Give the ports that an instance gives to variables; `planned` are env files that are not written yet."""
    seat = seat_of(world, target)
    if seat is None:
        return {}
    values = _values(world, target, planned)
    return port_variables(world, target, seat, lambda name: world.shell.get(name) or values.get(name))


def _made(world: World, template: Template, existing: EnvFile | None, given: Mapping[str, str]) -> dict[str, str]:
    """Give a new value for each variable that is generated into the env file and has none."""
    made = {}
    for item in template.items:
        entry = existing.get(item.key) if existing else None
        there = entry is not None and (entry.raw_value or entry.quote == "bare")
        if item.directives.generate and not (item.secret or there or item.key in given):
            made[item.key] = generate(str(item.directives.generate), world.entropy)
    return made


def apply_environment(world: World, plan: EnvPlan, begins: Begins = untold) -> None:
    """Make what is missing; secrets first, so that a run cut short is finished by the next one. Raises ConfigError.

    An env file whose secrets are made in the same go belongs to their part of the start: it is written after them.
    """
    begins("environment")
    if plan.folder.name:
        for folder in (own_env_file(plan.target).parent, plan.folder, plan.folder.with_name("past")):
            world.files.sweep(folder)
    if plan.fill and plan.around and not plan.fill.empty:
        if plan.makes_secrets:
            begins("secrets")
        record_owner(project_home(world.shell, plan.target.project), plan.target.root, world.files)
        apply_fill(plan.fill, plan.around, world.files, lambda spec: generate(spec, world.entropy))
    if plan.own_file:
        scratch(plan.target.root, plan.target.project, world.files)
        world.files.write(*plan.own_file)
    if plan.ports:
        keep_variables(world, plan.target, plan.ports)


def _own_file(world: World, target: Target, ports: Mapping[str, int], *, secrets: bool) -> tuple[Path, bytes] | None:
    """Give the env file of what a project has of its own, None where that is nothing."""
    lines = [f"{SECRETS_DIR}={quote(str(secrets_dir(world.shell, target.project)))}"] if secrets else []
    lines += [f"{name}={port}" for name, port in ports.items()]
    if not lines:
        return None
    text = f"# Made by stackctl: what the project {target.project} has of its own.\n" + "".join(f"{x}\n" for x in lines)
    return scratch(target.root, target.project) / OWN_FILE, text.encode()


def _planned(fill: FillPlan) -> dict[Path, bytes]:
    return {fill.path: fill.file.data} if fill.file.data else {}


def _values(world: World, target: Target, planned: Mapping[Path, bytes]) -> dict[str, str]:
    """Give what the env files say; `planned` are those that are not written yet."""
    values: dict[str, str] = {}
    for path in target.env_files or (own_env_file(target),):
        data = planned.get(path) or world.files.read(path)
        if data is not None:
            values |= parse(data, path.name).resolve(world.shell, values)
    return values
