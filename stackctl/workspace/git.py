"""What git knows of a folder, read from its files: starting git costs more than reading two of them."""

from __future__ import annotations

from pathlib import Path


def revision(folder: Path) -> str:
    """Give the commit that is checked out in the repository around a folder, empty where there is none.

    Source: gitrepository-layout(5): HEAD, loose refs, packed-refs; in a worktree `.git` is a file, refs are shared.
    """
    for place in (folder, *folder.parents):
        if (place / ".git").exists():
            return _head(place / ".git")
    return ""


def _head(git: Path) -> str:
    if git.is_file():
        git = (git.parent / _text(git).removeprefix("gitdir:").strip()).resolve()
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
