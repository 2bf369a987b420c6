"""What git knows of a folder, read from its files: starting git costs more than reading two of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_ORIGIN = re.compile(r"^\s*\[remote \"origin\"\](?P<body>[^\[]*)", re.MULTILINE)
_URL = re.compile(r"^\s*url\s*=\s*(?P<url>\S+)", re.MULTILINE)
_CREDENTIALS = re.compile(r"^(?:\w+://)?(?:[^@/]+@)?")
MOST_HOPS = 5


@dataclass(frozen=True)
class Repository:
    """The checkout around a folder: its top, the main worktree's top where it is a linked one, and whose copy it is.

    `identity` is the same for every worktree and clone of one repository.
    """

    top: Path
    main: Path | None
    identity: str


def repository(folder: Path) -> Repository | None:
    """Give the checkout around a folder, None where there is none. A submodule is a repository of its own.

    Source: gitrepository-layout(5), git-worktree(1): a linked worktree's folder has the file `commondir`.
    """
    for top in (folder, *folder.parents):
        if (top / ".git").exists():
            git = _git_dir(top / ".git")
            shared = _text(git / "commondir")
            common = (git / shared).resolve() if shared else git.resolve()
            main = common.parent if shared and common.name == ".git" else None
            return Repository(top, main, _identity(common, MOST_HOPS))
    return None


def branch(folder: Path) -> str:
    """Give the branch that is checked out around a folder; of a detached head the commit's beginning; else nothing."""
    for place in (folder, *folder.parents):
        if (place / ".git").exists():
            head = _text(_git_dir(place / ".git") / "HEAD")
            return head.removeprefix("ref: refs/heads/") if head.startswith("ref:") else head[:10]
    return ""


def _identity(common: Path, hops: int) -> str:
    """Give where a repository comes from: its origin, followed through clones of clones; else its own folder."""
    found = _ORIGIN.search(_text(common / "config"))
    url = _URL.search(found["body"]) if found else None
    if url is None:
        return str(common.parent if common.name == ".git" else common)
    text = url["url"].removeprefix("file://")
    if text.startswith(("/", ".")):
        source = (common.parent / text).resolve()
        inner = source / ".git" if (source / ".git").is_dir() else source
        return _identity(inner, hops - 1) if hops and (inner / "HEAD").is_file() else str(source)
    # Without the login, which may be in it, and the same for both ways to write an address.
    return _CREDENTIALS.sub("", text).replace(":", "/").rstrip("/").removesuffix(".git")


def revision(folder: Path) -> str:
    """Give the commit that is checked out in the repository around a folder, empty where there is none.

    Source: gitrepository-layout(5): HEAD, loose refs, packed-refs; in a worktree `.git` is a file, refs are shared.
    """
    for place in (folder, *folder.parents):
        if (place / ".git").exists():
            return _head(place / ".git")
    return ""


def _git_dir(git: Path) -> Path:
    return (git.parent / _text(git).removeprefix("gitdir:").strip()).resolve() if git.is_file() else git


def _head(git: Path) -> str:
    git = _git_dir(git)
    head = _text(git / "HEAD")
    if not head.startswith("ref:"):
        return head
    name = head.removeprefix("ref:").strip()
    shared = _text(git / "commondir")
    common = (git / shared).resolve() if shared else git
    loose = _text(git / name) or _text(common / name)
    if loose:
        return loose
    packed = (line.split(" ", 1) for line in _text(common / "packed-refs").splitlines() if " " in line)
    return next((commit for commit, ref in packed if ref == name), "")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
