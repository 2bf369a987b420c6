"""What a new developer would meet: the committed files alone, in a clone, and every gap that shows without a start."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.env.check import SURROUNDINGS
from stackctl.errors import Finding, StackctlError
from stackctl.lifecycle.effective import read_all_uses
from stackctl.lifecycle.env_files import read_templates, template_paths
from stackctl.onboard import ci
from stackctl.onboard.foresee import foresee, template_name
from stackctl.workspace.home import home

if TYPE_CHECKING:
    from stackctl.engine.git import Git
    from stackctl.env.uses import Use
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target

PREFIX = "rehearsal-"
FOLDER = "rehearsals"
# What a start says when a file is missing that somebody has and git has not.
MISSING_FILE = ("bind-source-missing", "env-file-missing", "mount-type-mismatch")


@dataclass(frozen=True)
class Stage:
    """Where a rehearsal takes place: the clone's folder, which is removed, and the project's folder in it."""

    folder: Path
    root: Path
    name: str


def set_stage(world: World, git: Git, top: Path, root: Path) -> Stage:
    """Clone what is committed around a project's folder. Raises ConfigError where git fails."""
    name = PREFIX + world.entropy.take(4).hex()
    folder = home(world.shell) / FOLDER / name
    clone = folder / top.name  # the same name: it is part of the project's
    world.files.make_dir(folder)
    git.clone(top, clone)
    return Stage(folder, clone / root.relative_to(top), name)


def sweep(world: World) -> None:
    """Remove what rehearsals that were killed have left. Raises EngineError."""
    for seat in ci.sweep(world, home(world.shell) / FOLDER):
        world.files.remove_tree(home(world.shell) / FOLDER / seat.instance)


def undocumented(world: World, target: Target) -> list[Finding]:
    """Give a finding for each variable that the Compose files name and no template does.

    Where there is no template at all, those with a default in the file count as said there.
    """
    known = {item.key for item in read_templates(world, target).items}
    templated = bool(template_paths(target))
    seen: dict[str, Use] = {}
    for use in read_all_uses(world, target).uses:
        free = use.key in known or use.key in SURROUNDINGS or use.key.startswith(("COMPOSE_", "DOCKER_", "STACKCTL_"))
        if not free and (templated or not use.optional):
            seen.setdefault(use.key, use)
    where = template_name(target)
    return [
        Finding(
            "undocumented-variable",
            "error",
            key,
            f"{key} is named in {use.place.source}:{use.place.line}, and no template says what it is",
            f"describe it in {where}",
        )
        for key, use in sorted(seen.items())
    ]


def foreseen(world: World, target: Target, stage: Stage, root: Path) -> list[Finding]:
    """Give every gap that shows before a start. Raises EngineError."""
    found = [*undocumented(world, target), *foresee(world, target)]
    return [_missing(item, stage, root) if item.code == "missing-file" else _here(item, stage, root) for item in found]


def gaps_of(error: StackctlError, stage: Stage, root: Path) -> list[Finding]:
    """Give why it did not start as gaps: files that git does not have, or the failure.

    Values to give by hand were foreseen.
    """
    found = [item for item in error.findings if item.severity == "error"]
    if error.code in ("variable-missing", "missing-variable"):
        return []
    itself = Finding(error.code, "error", "", error.message, error.hint)
    whole = [item for item in (*found, itself) if item.code in MISSING_FILE or _names_absent(item.message, stage)]
    if whole:
        return list({item.message: _missing(item, stage, root) for item in whole}.values())
    rest = _here((found or [itself])[0], stage, root)
    return [replace(rest, code="start-failed")]


def uncommitted(error: StackctlError, stage: Stage, root: Path) -> Finding:
    """Give the gap of a project, or an environment, that is not found in the clone."""
    message = error.message.replace(str(stage.root), "what is committed")
    return Finding("missing-file", "error", root.name, message, f"commit its files: git -C {root} status")


def _missing(item: Finding, stage: Stage, root: Path) -> Finding:
    item = _here(item, stage, root)
    path, hint = next((path for path in _paths(item.message) if path.is_relative_to(root)), None), item.hint
    if path is not None and path.name.startswith(".env"):  # values that are nobody else's: never say to commit them
        hint = f"describe its variables in {path.name}.template, or say that it may be missing (required: false)"
    elif path is not None and path.exists():
        hint = f"you have it, and git does not: git add {os.path.relpath(path, root)}"
    return Finding("missing-file", "error", item.subject, item.message, hint)


def _here(item: Finding, stage: Stage, root: Path) -> Finding:
    """Give a finding about the clone as one about the user's own folder."""
    clone, own = str(stage.root), str(root)
    return replace(item, message=item.message.replace(clone, own), hint=item.hint.replace(clone, own))


def _names_absent(message: str, stage: Stage) -> bool:
    """Say whether a message names a file of the clone that is not there: an `env_file`, for example."""
    return any(path.is_relative_to(stage.root) and not path.exists() for path in _paths(message))


def _paths(message: str) -> list[Path]:
    words = message.replace("“", " ").replace("”", " ").split()
    return [Path(word.strip(",.:;")) for word in words if word.startswith("/")]
