from __future__ import annotations

import subprocess
from pathlib import Path

from stackctl.workspace.git import revision


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    done = subprocess.run(("git", *identity, *words), cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def repository(folder: Path) -> Path:
    git(folder, "init", "-q", "-b", "main")
    git(folder, "commit", "-q", "--allow-empty", "-m", "one")
    (folder / "inner").mkdir()
    return folder


def test_it_agrees_with_git_in_a_branch_and_below_it(tmp_path: Path) -> None:
    root = repository(tmp_path)
    assert revision(root / "inner") == git(root, "rev-parse", "HEAD")


def test_it_agrees_with_git_when_refs_are_packed_or_head_is_detached(tmp_path: Path) -> None:
    root = repository(tmp_path)
    head = git(root, "rev-parse", "HEAD")
    git(root, "pack-refs", "--all")
    assert revision(root) == head
    git(root, "checkout", "-q", "--detach")
    assert revision(root) == head


def test_it_agrees_with_git_in_a_worktree(tmp_path: Path) -> None:
    (tmp_path / "main").mkdir()
    root = repository(tmp_path / "main")
    git(root, "worktree", "add", "-q", str(tmp_path / "other"), "-b", "other")
    git(tmp_path / "other", "commit", "-q", "--allow-empty", "-m", "two")
    assert revision(tmp_path / "other") == git(tmp_path / "other", "rev-parse", "HEAD")
    assert revision(root) == git(root, "rev-parse", "HEAD")


def test_outside_a_repository_there_is_none(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert revision(tmp_path) == ""
