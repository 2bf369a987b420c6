"""Walking a tar stream: every member, up to the two empty blocks that end it.

GNU tar and Python's tarfile accept a stream that is cut between two members without a word. This does not.
"""

from __future__ import annotations

import hashlib
import re

from stackctl.services.saving.base import Damaged, Proof

BLOCK = 512
_META = frozenset(b"xgLKX")  # headers about the next member, or about all


class TarWalk:
    """Counts members and their bytes, and digests their names, kinds and sizes. Input: POSIX (pax), GNU and ustar."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._skip = 0
        self._pax = bytearray()
        self._pax_left = 0
        self._size: int | None = None
        self._empty = 0
        self._names = hashlib.sha256()
        self.members = 0
        self.bytes = 0

    def feed(self, data: bytes) -> None:
        """See Walk.feed."""
        if self._skip >= len(data) and not self._rest:
            self._skip -= len(data)
            return
        self._rest += data
        position = 0
        total = len(self._rest)
        while True:
            if self._skip:
                step = min(self._skip, total - position)
                if self._pax_left:
                    self._collect(position, step)
                self._skip -= step
                position += step
            if self._skip or total - position < BLOCK:
                break
            if self._pax:
                self._read_pax()
            self._header(bytes(self._rest[position : position + BLOCK]))
            position += BLOCK
        del self._rest[:position]

    def end(self) -> Proof:
        """See Walk.end."""
        if self._skip or any(self._rest) or self._empty < 2:
            raise Damaged("the archive ends before its end mark")
        facts = {"names_sha256": self._names.hexdigest()}
        return Proof({"files": self.members, "bytes": self.bytes}, facts)

    def _header(self, block: bytes) -> None:
        if not any(block):
            self._empty += 1
            return
        if self._empty >= 2:
            raise Damaged("there is data after the archive's end mark")
        self._empty = 0
        stored = _number(block[148:156])
        if sum(block[:148]) + 8 * 32 + sum(block[156:]) != stored:
            raise Damaged("a header of the archive has a wrong checksum")
        kind = block[156]
        size = _number(block[124:136])
        if kind in _META:
            self._pax_left = size if kind in b"xX" else 0
        else:
            size = size if self._size is None else self._size
            self._size = None
            # Links, devices and folders have no content, whatever their size field says.
            size = 0 if kind in b"123456" else size
            self.members += 1
            self.bytes += size
            self._names.update(block[:100].rstrip(b"\0") + b"\0" + bytes([kind]) + str(size).encode() + b"\0")
        self._skip = -(-size // BLOCK) * BLOCK

    def _collect(self, position: int, step: int) -> None:
        take = min(step, self._pax_left)
        self._pax += self._rest[position : position + take]
        self._pax_left -= take

    def _read_pax(self) -> None:
        # A file of 8 GiB or more: its size stands only here.
        found = re.search(rb"(?:^|\n)\d+ size=(\d+)\n", bytes(self._pax))
        self._size = int(found[1]) if found else None
        self._pax.clear()


def _number(field: bytes) -> int:
    if field[0] & 0x80:  # GNU's form of numbers that do not fit
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    text = field.strip(b"\0 ")
    try:
        return int(text or b"0", 8)
    except ValueError:
        raise Damaged("a header of the archive is damaged") from None
