"""git, asked what it tracks and what is about to be committed. Reads only, but for a clone; hooks are files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from stackctl.engine.run import Command, Outcome, run
from stackctl.errors import ConfigError, Misuse

SECONDS = 60.0
_NAMES = ("PATH", "HOME", "USER", "TMPDIR", "LANG", "XDG_CONFIG_HOME")
_HUNK = re.compile(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True)
class StagedFile:
    """A file as it would be committed: its path from the repository's top, its text, the lines that are new."""

    path: str
    text: str = field(repr=False)
    added: frozenset[int]


class Git(Protocol):
    """What is asked of a repository."""

    def top(self, folder: Path) -> Path | None:
        """Give the top of the work tree around a folder, None where there is none."""
        ...

    def tracked(self, folder: Path) -> list[Path]:
        """Give the tracked files below a folder that are there."""
        ...

    def has(self, folder: Path, paths: Sequence[Path]) -> frozenset[Path]:
        """Give those of these paths that are tracked; none where there is no repository, or no git."""
        ...

    def staged(self, top: Path) -> list[StagedFile]:
        """Give the files that are about to be committed."""
        ...

    def hooks(self, top: Path) -> Path:
        """Give the folder in which git looks for hooks (core.hooksPath counts)."""
        ...

    def clone(self, top: Path, target: Path) -> None:
        """Make a new checkout of what is committed in a repository. Raises ConfigError."""
        ...


class GitCli:
    """The git command line."""

    def __init__(self, shell: Mapping[str, str]) -> None:
        # GIT_*: a hook is told by GIT_INDEX_FILE which index the commit is made of.
        self._env = {name: value for name, value in shell.items() if name in _NAMES or name.startswith("GIT_")}

    def top(self, folder: Path) -> Path | None:
        """See Git.top."""
        outcome = self._run(folder, ("rev-parse", "--show-toplevel"))
        if outcome.code != 0 and "dubious ownership" in outcome.err:
            raise ConfigError(
                f"git does not trust the folder {folder}: it belongs to another user",
                f"if you do: git config --global --add safe.directory {folder}",
                code="git",
            )
        return Path(outcome.out.rstrip("\n")) if outcome.code == 0 else None

    def tracked(self, folder: Path) -> list[Path]:
        """See Git.tracked."""
        names = self._asked(folder, ("ls-files", "-z", "--cached", "--", ".")).split("\0")
        found = (folder / name for name in names if name)
        return [path for path in dict.fromkeys(found) if path.is_file() and not path.is_symlink()]

    def has(self, folder: Path, paths: Sequence[Path]) -> frozenset[Path]:
        """See Git.has."""
        around = (place / ".git" for place in (folder, *folder.parents))
        if not paths or not ("GIT_DIR" in self._env or any(place.exists() for place in around)):
            return frozenset()  # asking git costs a process, and most of what has no repository is asked in a hurry
        try:
            listed = self._run(folder, ("--literal-pathspecs", "ls-files", "-z", "--", *map(str, paths)))
        except ConfigError:
            return frozenset()
        found = {(folder / name).resolve() for name in listed.out.split("\0") if name and listed.code == 0}
        return frozenset(path for path in paths if path.resolve() in found)

    def staged(self, top: Path) -> list[StagedFile]:
        """See Git.staged."""
        changed = ("diff", "--cached", "--no-ext-diff", "--no-renames", "--diff-filter=ACMT")
        names = [name for name in self._asked(top, (*changed, "--name-only", "-z")).split("\0") if name]
        return [self._staged(top, name, changed) for name in names]

    def hooks(self, top: Path) -> Path:
        """See Git.hooks."""
        return top / self._asked(top, ("rev-parse", "--git-path", "hooks")).rstrip("\n")

    def clone(self, top: Path, target: Path) -> None:
        """See Git.clone. Hooks and settings of the repository stay behind, as for anybody who clones it."""
        self._asked(top, ("clone", "--quiet", "--no-tags", "--single-branch", "--", str(top), str(target)))

    def _staged(self, top: Path, name: str, changed: Sequence[str]) -> StagedFile:
        text = self._asked(top, ("cat-file", "blob", f":0:{name}"), may_fail=True)  # a submodule has no text
        diff = self._asked(top, (*changed, "--unified=0", "--no-color", "--text", "--", f":(literal,top){name}"))
        added: set[int] = set()
        for line in diff.splitlines():
            match = _HUNK.match(line)
            if match:
                first, count = int(match[1]), int(match[2] or 1)
                added |= set(range(first, first + count))
        return StagedFile(name, text, frozenset(added))

    def _asked(self, folder: Path, words: Sequence[str], *, may_fail: bool = False) -> str:
        outcome = self._run(folder, words)
        if outcome.code != 0 and not may_fail:
            said = outcome.err.strip().splitlines()
            raise ConfigError(
                f"git {words[0]} failed: {said[-1] if said else outcome.code}", "see: git status", code="git"
            )
        return outcome.out if outcome.code == 0 else ""

    def _run(self, folder: Path, words: Sequence[str]) -> Outcome:
        try:
            return run(Command(("git", *words), self._env, folder), SECONDS)
        except FileNotFoundError:
            raise ConfigError("there is no git command on the path", "install git", code="git") from None
        except TimeoutError:
            raise ConfigError(
                f"git {words[0]} took longer than {SECONDS:.0f} s", "see: git status", code="git"
            ) from None


def repository(git: Git, folder: Path) -> Path:
    """Give the top of the repository around a folder. Raises Misuse where there is none."""
    top = git.top(folder)
    if top is None:
        raise Misuse(
            f"{folder} is in no git repository", "make one with git init, or leave the flag out", code="no-git"
        )
    return top
