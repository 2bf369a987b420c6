"""The little of BSON that an archive's own headers use: a flat document of numbers, booleans and texts."""

from __future__ import annotations

import struct

from stackctl.services.saving.base import Damaged


def flat(document: bytes) -> dict[str, object]:
    """Give the fields of a flat document. Raises Damaged for anything else (source: bsonspec.org)."""
    found: dict[str, object] = {}
    position, end = 4, len(document) - 1
    try:
        while position < end:
            kind = document[position]
            stop = document.index(b"\0", position + 1)
            name = document[position + 1 : stop].decode()
            position = stop + 1
            if kind == 0x02:
                size = struct.unpack_from("<i", document, position)[0]
                found[name] = document[position + 4 : position + 3 + size].decode()
                position += 4 + size
            elif kind == 0x08:
                found[name] = bool(document[position])
                position += 1
            elif kind == 0x10:
                found[name] = struct.unpack_from("<i", document, position)[0]
                position += 4
            elif kind == 0x12:
                found[name] = struct.unpack_from("<q", document, position)[0]
                position += 8
            else:
                raise Damaged(f"a header of the archive has a field of kind {kind}")
    except (struct.error, ValueError, IndexError) as error:
        raise Damaged("a header of the archive is damaged") from error
    return found
