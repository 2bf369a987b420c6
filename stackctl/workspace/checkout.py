"""Is this folder a second checkout of a repository? Then it is an instance of its own, without being told.

A linked worktree always is one. Of several clones the first that was started on this machine keeps the plain names and
ports; what is known of each folder stands in the register.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stackctl.workspace.files import DiskFiles
from stackctl.workspace.git import repository
from stackctl.workspace.home import home
from stackctl.workspace.names import normalize
from stackctl.workspace.register import Checkout, Register, read_register


@dataclass(frozen=True)
class Standing:
    """What a folder is among the checkouts of its repository; `first` is the folder whose copy it is."""

    checkout: Checkout
    first: Path | None


def standing(root: Path, shell: Mapping[str, str]) -> Standing | None:
    """Give what a project's folder is, None where it is in no git repository."""
    found = repository(root)
    if found is None:
        return None
    inside = root.relative_to(found.top)
    identity = f"{found.identity}#{inside}"
    register = read_register(home(shell), DiskFiles())
    known = register.checkout(root)
    main = found.main / inside if found.main and (found.main / inside).is_dir() else None
    others = [Path(item.root) for item in register.checkouts if item.repository == identity and item.root != str(root)]
    there = [path for path in others if path.is_dir()]
    first = main or next((path for path in there if _is_first(register, path)), None)
    if known is not None:  # what it was once told to be it stays: another name would hide its data
        return Standing(known, first)
    if first is None:
        return Standing(Checkout(str(root), identity), None)
    known_roots = {path.name for path in (first, *there)}
    taken = {item.instance for item in register.checkouts if item.repository == identity}
    named = root.name in known_roots
    word = normalize(root.parent.name if named else root.name) or "second"
    return Standing(Checkout(str(root), identity, _unused(word, taken), named), first)


def _is_first(register: Register, path: Path) -> bool:
    item = register.checkout(path)
    return item is not None and not item.instance


def _unused(word: str, taken: set[str]) -> str:
    number, name = 2, word
    while name in taken:
        name, number = f"{word}-{number}", number + 1
    return name
