"""The env file and the secrets of a target: planned from its templates, made at the first `up`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.env.fill import apply_fill, plan_fill
from stackctl.env.fill_plan import FillPlan, Surroundings
from stackctl.env.grammar import parse
from stackctl.env.layers import merge
from stackctl.env.template import load
from stackctl.env.write import quote
from stackctl.secrets.generate import generate
from stackctl.secrets.store import FileSecretStore
from stackctl.services.registry import derivers
from stackctl.workspace.home import project_home, scratch, secrets_dir
from stackctl.workspace.names import project_name
from stackctl.workspace.owner import record_owner

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target

SECRETS_DIR = "STACKCTL_SECRETS_DIR"


@dataclass(frozen=True)
class EnvPlan:
    """What the environment lacks, and what Compose would read once it is there.

    `target` has the env files in their final order; `variables` hold their values while they are not written yet.
    """

    target: Target
    fill: FillPlan | None = None
    around: Surroundings | None = field(default=None, repr=False)
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    own_file: tuple[Path, bytes] | None = field(default=None, repr=False)

    @property
    def empty(self) -> bool:
        """Say whether there is nothing to make."""
        return (self.fill is None or self.fill.empty) and self.own_file is None

    @property
    def new_secret_files(self) -> frozenset[Path]:
        """Give the secret files that the plan will make: preflight need not miss them."""
        if self.fill is None or self.around is None:
            return frozenset()
        new = self.fill.secrets
        names = [*new.given, *(secret.name for secret in (*new.generate, *new.derive))]
        return frozenset(Path(secrets_dir_of(self.around)) / name for name in names)

    @property
    def secrets_folder(self) -> str:
        """Give the folder of the project's secrets, for messages; empty where it has none."""
        return secrets_dir_of(self.around) if self.around else ""

    def steps(self) -> list[str]:
        """Give the plan as lines: names, never values."""
        lines = []
        if self.fill and self.fill.file.data is not None:
            lines.append(f"write {self.fill.path.name} from its template ({len(self.fill.file.added)} new values)")
        names = [secret.name for secret in self.fill.secrets.generate] if self.fill else []
        if names:
            lines.append(f"generate the secrets {', '.join(names)}")
        return lines


def secrets_dir_of(around: Surroundings) -> str:
    """Give the folder in which the surroundings' store keeps its files."""
    store = around.store
    return str(store.folder) if isinstance(store, FileSecretStore) else around.secrets_dir


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
    fill = plan_fill(merge(layers), existing, around)
    own = _own_file(world, target) if target.project != main else None
    files = (*target.env_files, own[0]) if own else target.env_files
    shown = replace(target, env_files=files)
    written = own is None or world.files.read(own[0]) == own[1]
    return EnvPlan(
        shown,
        fill,
        around,
        {} if fill.empty and written else _values(world, shown, fill, own),
        None if written else own,
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
    return scratch(target.root, target.project) / "instance.env", text.encode()


def _values(world: World, target: Target, fill: FillPlan, own: tuple[Path, bytes] | None) -> dict[str, str]:
    planned = {**({fill.path: fill.file.data} if fill.file.data else {}), **({own[0]: own[1]} if own else {})}
    values: dict[str, str] = {}
    for path in target.env_files:
        data = planned.get(path) or world.files.read(path)
        if data is not None:
            values |= parse(data, path.name).resolve(world.shell, values)
    return values
