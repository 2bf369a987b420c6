"""Brings an env file up to its templates after a pull: adds what they gained, marks what they lost, keeps every value.

A sync never removes: a key that no template has any more may be somebody's own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.env.grammar import EnvFile, parse
from stackctl.env.placing import Insertion, Lines, insert

if TYPE_CHECKING:
    from stackctl.env.fill_plan import FilePlan
    from stackctl.env.item import Template

MARK = "# In no template any more."


@dataclass(frozen=True)
class SyncPlan:
    """What a sync would do: the file before and after, and the keys concerned."""

    before: EnvFile
    after: EnvFile
    file: FilePlan
    lost: tuple[str, ...] = ()
    found_again: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the file is as the templates want it."""
        return self.before.text == self.after.text and not self.file.missing


def plan_sync(template: Template, existing: EnvFile, file: FilePlan, used: Collection[str]) -> SyncPlan:
    """Decide; nothing is changed.

    `file` is what filling would do, `used` are the names in Compose files: a key that is used is not lost.
    """
    filled = existing if file.data is None else parse(file.data, existing.source)
    known = {item.key for item in template.items} | set(used)
    marked, lost = _marked(filled, known)
    cleared, again = _cleared(marked, known)
    return SyncPlan(existing, cleared, file, lost, again)


def _marked(env_file: EnvFile, known: Collection[str]) -> tuple[EnvFile, tuple[str, ...]]:
    lines = Lines(env_file)
    insertions: list[Insertion] = []
    lost: list[str] = []
    for key in env_file.keys:
        entry = env_file.get(key)
        if entry is None or not key or key in known or key.startswith(("COMPOSE_", "DOCKER_")):
            continue
        start = lines.start(entry)
        if entry.place.column == 1 and _line_before(env_file.text, start) != MARK:
            insertions.append((start, [MARK]))
            lost.append(key)
    return insert(env_file, insertions), tuple(lost)


def _cleared(env_file: EnvFile, known: Collection[str]) -> tuple[EnvFile, tuple[str, ...]]:
    """Take the mark off the keys that a template has again."""
    lines = Lines(env_file)
    text = env_file.text
    pieces: list[str] = []
    position = 0
    again: list[str] = []
    for entry in env_file.entries:
        start = lines.start(entry)
        if entry.key in known and entry.place.column == 1 and _line_before(text, start) == MARK:
            pieces.append(text[position : text.rfind(MARK, 0, start)])
            position = start
            again.append(entry.key)
    return env_file.edited("".join(pieces) + text[position:]), tuple(again)


def _line_before(text: str, start: int) -> str:
    return text[text.rfind("\n", 0, max(0, start - 1)) + 1 : max(0, start - 1)].rstrip("\r")
