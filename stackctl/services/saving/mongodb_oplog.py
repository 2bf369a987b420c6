"""What the oplog in an archive does to the counts of its collections.

`mongodump --oplog` reads the collections for a while and then what was written meanwhile. A write may be in the
documents already or not, so the counts after a replay are known only within bounds: those that the writes leave open.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from stackctl.services.saving.base import Counts, Damaged
from stackctl.services.saving.bson import ARRAY, DOCUMENT, TEXT, fields, text

# Where mongodump keeps it in an archive: a collection of the database without a name (mongodump/prepare.go).
OPLOG = ".oplog"
# applyOps may stand in applyOps; no server nests them deeper than this.
DEEPEST = 10


class OplogSlice:
    """Takes the documents of an oplog and counts what they insert, delete, make and remove."""

    def __init__(self) -> None:
        self._entries = 0
        self._inserts: dict[str, int] = {}
        self._deletes: dict[str, int] = {}
        self._created: set[str] = set()
        self._emptied: set[str] = set()

    def take(self, documents: bytes) -> None:
        """Take whole documents, one behind the other. Raises Damaged."""
        position = 0
        while position < len(documents):
            length = int.from_bytes(documents[position : position + 4], "little")
            self._entry(documents[position : position + length])
            self._entries += 1
            position += length

    def facts(self, capped: Collection[str]) -> dict[str, Any]:
        """Give what is kept of it. `capped` are collections that drop their oldest documents without saying so."""
        return {
            "entries": self._entries,
            "inserts": dict(sorted(self._inserts.items())),
            "deletes": dict(sorted(self._deletes.items())),
            "created": sorted(self._created),
            "emptied": sorted(self._emptied | (set(capped) & self._inserts.keys())),
        }

    def _entry(self, document: bytes, depth: int = 0) -> None:
        kind = name = ""
        command = None
        for field, form, value in fields(document):
            if field == "op" and form == TEXT:
                kind = text(value)
            elif field == "ns" and form == TEXT:
                name = text(value)
            elif field == "o" and form == DOCUMENT:
                command = value
            if kind and name and command:
                break
        if kind == "i":
            self._inserts[name] = self._inserts.get(name, 0) + 1
        elif kind == "d":
            self._deletes[name] = self._deletes.get(name, 0) + 1
        elif kind == "c" and command:
            self._command(name.partition(".")[0], command, depth)

    def _command(self, base: str, document: bytes, depth: int) -> None:
        word, form, value = next(fields(document), ("", 0, b""))
        if word == "applyOps" and form == ARRAY:  # a transaction, or several writes in one
            if depth == DEEPEST:
                raise Damaged("the oplog has commands in commands without end")
            for _number, inner, part in fields(value):
                if inner == DOCUMENT:
                    self._entry(part, depth + 1)
        elif word == "dropDatabase":
            self._emptied.add(base)
        elif form == TEXT and word == "create":
            self._created.add(f"{base}.{text(value)}")
        elif form == TEXT and word in ("drop", "emptycapped", "convertToCapped"):
            self._emptied.add(f"{base}.{text(value)}")


def outside(saved: Counts, facts: Mapping[str, Any], found: Counts, ours: Callable[[str], bool]) -> list[str]:
    """Give the collections whose number after a replay is not what the dump and its oplog allow: nothing, or reasons.

    `saved` are the counts of the dump, `facts` those of its oplog, `found` what a server has after the replay.
    """
    inserts, deletes = facts.get("inserts") or {}, facts.get("deletes") or {}
    emptied, created = set(facts.get("emptied") or ()), set(facts.get("created") or ())
    known = {*saved, *inserts, *created}
    wrong = []
    for name in sorted(filter(ours, {*known, *found})):
        loose = name in emptied or name.partition(".")[0] in emptied
        if name not in found:
            if (name in saved or name in created) and not loose:
                wrong.append(f"{name} is missing after the replay")
            continue
        if name not in known:
            wrong.append(f"{name} is there after the replay, and neither the dump nor its oplog names it")
            continue
        least = 0 if loose else max(0, saved.get(name, 0) - deletes.get(name, 0))
        most = saved.get(name, 0) + inserts.get(name, 0)
        if not least <= found[name] <= most:
            wrong.append(f"{name} has {found[name]} documents after the replay, and {least} to {most} are possible")
    return wrong
