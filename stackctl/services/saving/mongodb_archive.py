"""Walking an archive of mongodump, to its end.

Format (mongo-tools, common/archive): a magic number; a prelude of one header and one document per namespace; then
blocks, each a namespace header with documents behind it and an end mark; the last header of each namespace says EOF and
holds a CRC-64 of all its documents. mongorestore's own `--dryRun` reads the prelude only. With `--oplog` the oplog is
one namespace more, the last that is written; its documents belong to no collection.
"""

from __future__ import annotations

import struct
from typing import Any

from stackctl.services.saving.base import Damaged, Proof
from stackctl.services.saving.bson import flat
from stackctl.services.saving.mongodb_oplog import OPLOG, OplogSlice

MAGIC = 0x8199E26D
END = 0xFFFFFFFF
LARGEST = 16 * 1024 * 1024 + 16 * 1024
_U32 = struct.Struct("<I")


class ArchiveWalk:
    """Counts the documents of every namespace and checks that each was written to its end."""

    def __init__(self) -> None:
        from fastcrc.crc64 import xz  # Go's crc64.ECMA under its usual name

        self._crc_of = xz
        self._rest = bytearray()
        self._stage = "magic"
        self._now = ""
        self._crc: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        self._open: set[str] = set()
        self._kinds: dict[str, str] = {}
        self._facts: dict[str, Any] = {}
        self._oplog: OplogSlice | None = None
        self._capped: set[str] = set()

    def feed(self, data: bytes) -> None:
        """See Walk.feed."""
        rest = self._rest
        rest += data
        size = len(rest)
        position = 0
        run = 0  # where the documents that are not in a CRC yet begin
        count = 0
        while size - position >= 4:
            (length,) = _U32.unpack_from(rest, position)
            if self._stage == "documents" and length != END:
                if length > LARGEST or length < 5:
                    raise Damaged(f"a document of {self._now} has the impossible length {length}")
                if size - position < length:
                    break
                if rest[position + length - 1]:
                    raise Damaged(f"a document of {self._now} has no end")
                position += length
                count += 1
                continue
            if self._stage == "documents":
                self._add(rest, run, position, count)
                count = 0
                self._stage = "header"
                position += 4
                run = position
                continue
            step = self._special(rest, position, size, length)
            if step == 0:
                break
            position += step
            run = position
        if self._stage == "documents":
            self._add(rest, run, position, count)
        del rest[:position]

    def end(self) -> Proof:
        """See Walk.end."""
        if self._rest or self._stage != "header":
            raise Damaged("the archive ends in the middle")
        if self._open:
            raise Damaged(f"the archive ends before the end of {', '.join(sorted(self._open))}")
        facts = {**self._facts, "kinds": self._kinds}
        if self._oplog:
            facts["oplog"] = self._oplog.facts(self._capped)
        digests = {name: f"{self._crc.get(name, 0):016x}" for name in self._counts}  # of the documents in their order
        return Proof(dict(sorted(self._counts.items())), facts, digests)

    def _special(self, rest: bytearray, position: int, size: int, length: int) -> int:
        """Take one thing that is no document of a collection; give its length, 0 where it is not all there yet."""
        if self._stage == "magic":
            if length != MAGIC:
                raise Damaged("this is no archive of mongodump")
            self._stage = "first"
            return 4
        if length == END:
            if self._stage not in ("prelude", "closing"):
                raise Damaged("the archive has an end mark where a header belongs")
            self._stage = "header"
            return 4
        if length > LARGEST or length < 5:
            raise Damaged(f"a header of the archive has the impossible length {length}")
        if size - position < length:
            return 0
        self._header(flat(bytes(rest[position : position + length])))
        return length

    def _header(self, fields: dict[str, Any]) -> None:
        if self._stage == "first":
            self._facts = {"server_version": fields.get("server_version"), "tool_version": fields.get("tool_version")}
            self._stage = "prelude"
            return
        name = f"{fields.get('db')}.{fields.get('collection')}"
        if self._stage == "prelude" and name == OPLOG:
            self._oplog = OplogSlice()
            self._open.add(name)
            return
        if self._stage == "prelude":
            self._kinds[name] = str(fields.get("type") or "collection")
            if self._kinds[name] == "collection":
                self._counts[name] = 0
                self._open.add(name)
            if '"capped":true' in str(fields.get("metadata")):
                self._capped.add(name)
            return
        if self._stage == "closing":
            raise Damaged(f"the end of {name} is not closed")
        if name not in self._counts and not (self._oplog and name == OPLOG):
            raise Damaged(f"the archive holds {name}, which its prelude does not name")
        if name not in self._open:
            raise Damaged(f"the archive goes on with {name} after its end")
        if not fields.get("EOF"):
            self._now, self._stage = name, "documents"
            return
        if int(fields.get("CRC") or 0) & (2**64 - 1) != self._crc.get(name, 0):
            raise Damaged(f"the documents of {name} do not fit their checksum")
        self._open.discard(name)
        self._stage = "closing"

    def _add(self, rest: bytearray, start: int, stop: int, count: int) -> None:
        if stop == start:
            return
        documents = bytes(rest[start:stop])
        self._crc[self._now] = self._crc_of(documents, self._crc.get(self._now))
        if self._oplog and self._now == OPLOG:
            self._oplog.take(documents)
        else:
            self._counts[self._now] += count
