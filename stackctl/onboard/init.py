"""Put the core stack into a folder: which files go where, and putting them there. Nothing is overwritten."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stackctl.errors import Refused
from stackctl.workspace.files import Files, walk_files
from stackctl.workspace.packaged import packaged

# What stackctl generates or what is a developer's own never goes into git.
IGNORED = (".stackctl/", ".*.stackctl-*", "env/*/*.env", "stacks/*/*.local.yml", "env/*/*.local.env")
_LEFT_OUT = ("__pycache__", ".local.", ".pytest_cache", ".ruff_cache", ".mypy_cache")


@dataclass(frozen=True)
class InitPlan:
    """The files to copy (from → to), and the new text of `.gitignore` (None: it stays)."""

    root: Path
    copies: tuple[tuple[Path, Path], ...]
    gitignore: str | None

    def steps(self) -> list[str]:
        """Give the files that will appear, relative to the folder."""
        lines = [str(target.relative_to(self.root)) for _source, target in self.copies]
        return lines + ([".gitignore"] if self.gitignore is not None else [])


def plan_init(root: Path, files: Files) -> InitPlan:
    """Decide. Raises Refused where the folder has a stack of this name, or any file that would be overwritten."""
    if (root / "stacks" / "core" / "base.yml").exists():
        raise Refused(f"{root} has a core stack already", "start it: stackctl up dev", code="exists")
    copies = tuple(_copies(root))
    # What an earlier run that was cut short has written is ours; a link in the way is not, even a dangling one.
    there = [target for source, target in copies if _in_the_way(source, target, files)]
    if there:
        names = ", ".join(str(path.relative_to(root)) for path in there[:3])
        raise Refused(f"these files exist and would be overwritten: {names}", "move them away first", code="exists")
    return InitPlan(root, copies, _gitignore(root, files))


def apply_init(plan: InitPlan, files: Files) -> None:
    """Write the files; the stack's base.yml comes last, because it is what makes the folder a workspace."""
    ordered = sorted(plan.copies, key=lambda pair: pair[1].name == "base.yml")
    for source, target in ordered:
        data = files.read(source) or b""
        files.make_dir(target.parent, 0o755)
        # Containers run as other users and read what is mounted: a private mode would shut them out.
        files.write(target, data, 0o755 if source.stat().st_mode & 0o100 else 0o644)
    if plan.gitignore is not None:
        files.write(plan.root / ".gitignore", plan.gitignore.encode(), 0o644)


def _copies(root: Path) -> Iterator[tuple[Path, Path]]:
    for name in ("stacks", "env"):
        folder = packaged(name)
        for path in walk_files(folder / "core"):
            generated = name == "env" and not path.name.endswith(".env.template")
            if not generated and not any(word in str(path.relative_to(folder)) for word in _LEFT_OUT):
                yield path, root / name / path.relative_to(folder)


def _in_the_way(source: Path, target: Path, files: Files) -> bool:
    if not os.path.lexists(target):
        return False
    return target.is_symlink() or not target.is_file() or files.read(target) != files.read(source)


def _gitignore(root: Path, files: Files) -> str | None:
    text = (files.read(root / ".gitignore") or b"").decode("utf-8", "replace")
    missing = [line for line in IGNORED if line not in text.splitlines()]
    if not missing:
        return None
    start = text if not text or text.endswith("\n") else f"{text}\n"
    return start + "".join(f"{line}\n" for line in ("# stackctl: generated, or your own", *missing))
