"""What a new developer would meet: the committed files alone, in a clone, and every gap that shows without a start."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.env.check import SURROUNDINGS
from stackctl.errors import ConfigError, Finding, StackctlError
from stackctl.lifecycle.begin import environment_of
from stackctl.lifecycle.effective import read_all_uses
from stackctl.lifecycle.env_files import read_templates, template_paths
from stackctl.lifecycle.scene import compose_of, look_at_model
from stackctl.onboard import ci
from stackctl.services.base import tag_of
from stackctl.workspace.home import home

if TYPE_CHECKING:
    from stackctl.engine.git import Git
    from stackctl.env.uses import Use
    from stackctl.lifecycle.world import World
    from stackctl.verify.verify import Report
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
    where = target.templates[0].name if target.templates else ".env.template"
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


def unpinned(world: World, target: Target) -> list[Finding]:
    """Give a finding for each image that may be another one tomorrow: no tag, `latest`, and no digest.

    Asked before the start, which may well fail. Nothing where Compose gives no model: the start says why.
    """
    try:
        env = environment_of(world, target)
        stack = look_at_model(world, compose_of(world, env.target, env.variables), env.target)
    except ConfigError:
        return []
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


def gaps_of(error: StackctlError, stage: Stage, root: Path) -> list[Finding]:
    """Give why it did not start as gaps: values to give by hand, files that git does not have, or the failure."""
    found = [item for item in error.findings if item.severity == "error"]
    if error.code in ("variable-missing", "missing-variable"):
        names = [item.subject for item in found] or [error.message]
        said = "needs a value that nobody generates"
        return [Finding("manual-step", "error", name, f"{name} {said}", error.hint) for name in names]
    whole = [item for item in found if item.code in MISSING_FILE]
    if whole or error.code in MISSING_FILE:
        items = whole or [Finding(error.code, "error", "", error.message, error.hint)]
        return [_missing(item, stage, root) for item in items]
    rest = found or [Finding(error.code, "error", "", error.message, error.hint)]
    return [Finding("start-failed", "error", item.subject, item.message, item.hint) for item in rest[:1]]


def broken(report: Report) -> list[Finding]:
    """Give each hop that does not work, although all is healthy, as a gap."""
    return [
        Finding("verify-failed", "error", item.check.id, f"{item.check.id}: {item.found.text}", item.found.hint)
        for item in report.broken
    ]


def uncommitted(error: StackctlError, stage: Stage, root: Path) -> Finding:
    """Give the gap of a project, or an environment, that is not found in the clone."""
    message = error.message.replace(str(stage.root), "what is committed")
    return Finding("missing-file", "error", root.name, message, f"commit its files: git -C {root} status")


def _missing(item: Finding, stage: Stage, root: Path) -> Finding:
    message = item.message.replace(str(stage.root), str(root))
    words = message.replace("“", " ").replace("”", " ").split()
    path = next((Path(word.strip(",.:;")) for word in words if word.startswith(str(root))), None)
    hint = item.hint
    if path is not None and path.exists():
        hint = f"you have it, and git does not: git add {os.path.relpath(path, root)}"
    return Finding("missing-file", "error", item.subject, message, hint.replace(str(stage.root), str(root)))


def shown(findings: Sequence[Finding]) -> Iterator[str]:
    """Give the gaps as lines: what, and the way out."""
    for item in findings:
        yield f"{item.code}: {item.message}"
        if item.hint:
            yield f"  → {item.hint}"
