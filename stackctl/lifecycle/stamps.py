"""Stamps of the files whose change can matter to a start: what was not touched need not be compared."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.lifecycle.env_plan import OWN_FILE
from stackctl.lifecycle.scene import OVERLAY, PROBES
from stackctl.workspace.compose_files import reach
from stackctl.workspace.home import scratch

if TYPE_CHECKING:
    from stackctl.lifecycle.plan import UpPlan
    from stackctl.workspace.target import Target

FOLDER = "folder"
MOST_ENTRIES = 5000


def stamps_of(plan: UpPlan) -> Mapping[str, Any] | None:
    """Give the stamps of everything whose change can matter; None where there is too much to look through."""
    return words_and_stamps(plan.asked, trees_of(plan))[1]


def touched(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Say whether a file differs from what it was before."""
    # What was missing then is what the start itself has made: env files, secrets.
    return any(stamp is not None and now.get(path) != stamp for path, stamp in before.items() if stamp != FOLDER)


def words_and_stamps(target: Target, trees: Iterable[str]) -> tuple[frozenset[str], dict[str, Any] | None]:
    """Give the words in all files that Compose would read, and the stamps of those files and of the trees."""
    words, paths = reach([*target.files, *target.env_files, target.directory / ".env"])
    folder = scratch(target.root, target.project)
    made = (
        folder / OVERLAY,
        folder / PROBES,
        folder / OWN_FILE,
    )  # without them the line that `compose --print` shows fits no more
    stamps: dict[str, Any] = {str(path): _stamp(path) for path in (*paths, *target.templates, *made)}
    for tree in trees:
        found = _tree(Path(tree))
        if found is None:
            return words, None
        stamps |= found
    return words, stamps


def trees_of(plan: UpPlan) -> list[str]:
    """Give files and folders whose change can matter: mounts that are configuration, secrets, contexts, recipes."""
    stack, target = plan.scene.stack, plan.scene.target
    found = {str(plan.env.folder)} if plan.env.secrets else set()
    found |= {path for name in plan.selected for path in plan.now[name].files}
    found |= {str(source.file) for source in (*stack.secrets.values(), *stack.configs.values()) if source.file}
    for name in plan.selected:
        build = stack.services[name].build
        if build is not None:
            found |= {str(build.context), str(build.context / build.dockerfile)}
    if any(item.kind == "local" for item in plan.images.choices):
        found.add(str(target.root / "stacks" / "images"))
    folders = {str(Path(path).parent) for name in plan.selected for path in plan.now[name].files}
    return sorted(found | {folder for folder in folders if _is_mounted(plan, folder)})


def _is_mounted(plan: UpPlan, folder: str) -> bool:
    mounts = (mount for name in plan.selected for mount in plan.scene.stack.services[name].mounts)
    return any(mount.source == folder for mount in mounts)


def _tree(path: Path) -> dict[str, Any] | None:
    """Give the stamps of a file, or of everything in a folder; None for a folder too large to look through."""
    if not path.is_dir():
        return {str(path): _stamp(path)}
    found: dict[str, Any] = {str(path): "folder"}
    waiting = [path]
    while waiting:
        for entry in os.scandir(waiting.pop()):
            if entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))
                found[entry.path] = FOLDER
            else:
                found[entry.path] = _stamp(Path(entry.path))
            if len(found) > MOST_ENTRIES:
                return None
    return found


def _stamp(path: Path) -> list[int] | None:
    # The change time cannot be set by a program, so an edit that keeps size and modification time is seen too.
    try:
        facts = path.stat()
    except OSError:
        return None
    return [facts.st_mode, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino]
