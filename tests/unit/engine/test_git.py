"""git itself, in a repository of its own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from stackctl.engine.git import GitCli, repository
from stackctl.errors import ConfigError, Misuse

ENV = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


class Repository:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git = GitCli({**ENV, "HOME": str(folder.parent)})
        self("init", "-q")

    def __call__(self, *words: str) -> None:
        subprocess.run(["git", *words], cwd=self.folder, env=ENV, check=True, capture_output=True)

    def write(self, name: str, data: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


@pytest.fixture
def here(tmp_path: Path) -> Repository:
    folder = tmp_path / "repository"
    folder.mkdir()
    return Repository(folder)


def test_the_top_of_a_repository_and_of_none(here: Repository, tmp_path: Path) -> None:
    here.write("a/b/c", b"")
    assert here.git.top(here.folder / "a" / "b") == here.folder
    assert here.git.top(tmp_path) is None
    with pytest.raises(Misuse, match="is in no git repository"):
        repository(here.git, tmp_path)


def test_tracked_files_below_a_folder_as_they_are_on_the_disk(here: Repository) -> None:
    for name in ("a", "sub/b", "sub/with blank\nand line", "untracked"):
        here.write(name, b"x")
    (here.folder / "sub" / "link").symlink_to("b")
    here("add", "a", "sub")
    (here.folder / "a").unlink()
    assert here.git.tracked(here.folder) == [here.folder / "sub/b", here.folder / "sub/with blank\nand line"]
    assert here.git.tracked(here.folder / "sub") == here.git.tracked(here.folder)


def test_staged_is_what_the_index_has_and_which_lines_are_new(here: Repository) -> None:
    here.write("a", b"one\ntwo\nthree\n")
    here.write("gone", b"x")
    here("add", ".")
    here("commit", "-qm", "first")
    here.write("a", b"one\n2\nthree\nfour\n")
    here.write("new file", b"x\ny")
    here.write("binary", b"\x00\xff\x00text")
    here("add", ".")
    here("rm", "-q", "gone")
    here.write("a", b"later, not staged")
    found = {item.path: item for item in here.git.staged(here.folder)}
    assert set(found) == {"a", "new file", "binary"}
    assert (found["a"].text, found["a"].added) == ("one\n2\nthree\nfour\n", frozenset({2, 4}))
    assert found["new file"].added == {1, 2}
    assert "text" in found["binary"].text


def test_staged_before_the_first_commit(here: Repository) -> None:
    here.write("a", b"x\n")
    here("add", ".")
    (item,) = here.git.staged(here.folder)
    assert (item.path, item.text, item.added) == ("a", "x\n", frozenset({1}))


def test_hooks_follow_the_setting(here: Repository) -> None:
    assert here.git.hooks(here.folder) == here.folder / ".git" / "hooks"
    here("config", "core.hooksPath", "own/hooks")
    assert here.git.hooks(here.folder) == here.folder / "own" / "hooks"


def test_a_damaged_repository_is_said(here: Repository) -> None:
    (here.folder / ".git" / "index").write_bytes(b"nonsense that is no index")
    with pytest.raises(ConfigError, match="git ls-files failed"):
        here.git.tracked(here.folder)


def test_no_git_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no git command"):
        GitCli({"PATH": str(tmp_path)}).top(tmp_path)


def test_which_of_some_files_are_tracked(here: Repository, tmp_path: Path) -> None:
    for name in ("env/a.env", "env/b.env"):
        here.write(name, b"x")
    here("add", "env/a.env")
    below = here.folder / "env"
    assert here.git.has(below, [below / "a.env", below / "b.env", below / "none"]) == {below / "a.env"}
    assert here.git.has(below, []) == frozenset()
    (tmp_path / "a.env").write_bytes(b"x")
    assert here.git.has(tmp_path, [tmp_path / "a.env"]) == frozenset(), "there is no repository around it"
