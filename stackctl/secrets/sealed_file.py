"""`env/<stack>/<env>.secrets.age`: one armoured age block per value, its name readable above it.

    [secret mongo_root] recipients=3f2a9c1d77ab
    -----BEGIN AGE ENCRYPTED FILE-----
    …
    -----END AGE ENCRYPTED FILE-----

A block by itself is a whole age file. Blocks stand apart and in order of their names, so that two people who change two
values do not meet in a merge, and what did not change keeps its text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stackctl.errors import ConfigError

BEGIN = "-----BEGIN AGE ENCRYPTED FILE-----"
END = "-----END AGE ENCRYPTED FILE-----"
_HEAD = re.compile(r"\[(secret|variable) ([^\s\]]+)\] recipients=([0-9a-f]{12})")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{1,64}={0,2}")
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")


@dataclass(frozen=True, order=True)
class Key:
    """What a block is about: the secret file or the variable of the env file of this name."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Block:
    """A sealed value: the armoured text, and the mark of those that it was sealed for."""

    armour: str
    recipients: str

    @property
    def digest(self) -> str:
        """What tells this block from another; nothing about the value."""
        return hashlib.sha256(self.armour.encode()).hexdigest()


def render(blocks: Mapping[Key, Block], title: str) -> str:
    """Give the text of the file; `title` names the environment. The same blocks give the same text."""
    head = (
        f"# Sealed values of {title}: one age file per value. Commit this file.\n"
        "# stackctl secrets unseal reads it, stackctl secrets seal writes it; do not edit it.\n"
    )
    parts = [f"\n[{key}] recipients={block.recipients}\n{block.armour.strip()}\n" for key, block in _sorted(blocks)]
    return head + "".join(parts)


def read_sealed(text: str, source: str) -> dict[Key, Block]:
    """Read the file. Raises ConfigError, with file:line, for what is damaged, cut short, there twice or in conflict."""
    found: dict[Key, Block] = {}
    lines = text.splitlines()
    index = 0
    while index < len(lines):
        line = lines[index].strip()
        if not line or line.startswith("#"):
            index += 1
            continue
        if line.startswith(_CONFLICT):
            raise _damaged(
                source, index, "a merge left a conflict here", "keep one side of each block, then seal again"
            )
        head = _HEAD.fullmatch(line)
        if head is None:
            raise _damaged(source, index, "this line belongs to no sealed value")
        key = Key(head[1], head[2])
        if key in found:
            raise _damaged(source, index, f"the {key} is there twice", "keep one of the two blocks")
        start, index = index + 1, _block_end(lines, index + 1, source)
        armour = "\n".join(part.strip() for part in lines[start:index]) + "\n"
        found[key] = Block(armour, head[3])
    return found


def _block_end(lines: list[str], index: int, source: str) -> int:
    if index >= len(lines) or lines[index].strip() != BEGIN:
        raise _damaged(source, min(index, len(lines) - 1), "the sealed text is missing")
    index += 1
    while index < len(lines) and _BASE64.fullmatch(lines[index].strip()):
        index += 1
    if index >= len(lines):
        raise _damaged(source, len(lines) - 1, "the file is cut short")
    if lines[index].strip().startswith(_CONFLICT):
        raise _damaged(source, index, "a merge left a conflict here", "keep one side of each block, then seal again")
    if lines[index].strip() != END:
        raise _damaged(source, index, "this line is no sealed text")
    return index + 1


def _sorted(blocks: Mapping[Key, Block]) -> Iterable[tuple[Key, Block]]:
    return sorted(blocks.items(), key=lambda item: item[0])


def _damaged(source: str, index: int, what: str, hint: str = "") -> ConfigError:
    hint = hint or f"take it from git: git checkout -- {source}"
    return ConfigError(f"{source}:{index + 1}: {what}", hint, code="sealed-damaged")
