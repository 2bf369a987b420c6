"""Remembering that an environment lacks nothing, so that an everyday command need not read its templates again.

The record holds digests of the templates, the env files and the secrets. Anything that differs makes it worthless, and
the templates are read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.lifecycle.env_plan import OWN_FILE, EnvPlan, with_own
from stackctl.workspace.home import project_home, secrets_dir

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World
    from stackctl.secrets.digest import Digest
    from stackctl.workspace.target import Target

SCHEMA = 1


def recall(world: World, target: Target, keyed: Digest) -> EnvPlan | None:
    """Give the empty plan of an environment that is as it was when nothing was missing; None where that is not sure."""
    data = world.files.read(_path(world, target.project))
    try:
        record = json.loads(data or b"")
        own = Path(record["own"]) if record["own"] else None
        names = tuple(record["secrets"])
    except (ValueError, KeyError, TypeError):
        return None
    shown = with_own(target, own) if own else target
    plan = EnvPlan(shown, secrets_dir(world.shell, target.project), secrets=names)
    return plan if record == _record(world, plan, keyed) else None


def remember(world: World, plan: EnvPlan, keyed: Digest) -> None:
    """Keep what `recall` compares. To be called when the plan has been carried out."""
    if plan.secrets or plan.fill:
        path = _path(world, plan.target.project)
        data = json.dumps(_record(world, plan, keyed)).encode()
        if world.files.read(path) != data:
            world.files.make_dir(path.parent)
            world.files.write(path, data)


def _record(world: World, plan: EnvPlan, keyed: Digest) -> dict[str, Any]:
    own = next((path for path in plan.target.env_files if path.name == OWN_FILE), None)
    paths = [*plan.target.templates, *plan.target.env_files, *(plan.folder / name for name in plan.secrets)]
    return {
        "schema": SCHEMA,
        "own": str(own) if own else "",
        "secrets": list(plan.secrets),
        "files": {str(path): _digest(world, path, keyed) for path in paths},
    }


def _digest(world: World, path: Path, keyed: Digest) -> str:
    data = world.files.read(path)
    return "" if data is None else keyed.of(path.name, data.decode("utf-8", "surrogateescape"))


def _path(world: World, project: str) -> Path:
    return project_home(world.shell, project) / "environment.json"
