"""The little of BSON that an archive needs: the fields of a document, and the numbers and texts among them."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from stackctl.services.saving.base import Damaged

DOCUMENT, ARRAY, TEXT = 0x03, 0x04, 0x02
# Bytes of a value by its kind (source: bsonspec.org).
_FIXED = {
    0x01: 8,  # double
    0x06: 0,  # undefined
    0x07: 12,  # object id
    0x08: 1,  # boolean
    0x09: 8,  # date
    0x0A: 0,  # null
    0x10: 4,  # int32
    0x11: 8,  # timestamp
    0x12: 8,  # int64
    0x13: 16,  # decimal
    0x7F: 0,  # largest key
    0xFF: 0,  # smallest key
}
# Kinds that say their own length first, and how many bytes are not counted in it.
_SIZED = {DOCUMENT: 0, ARRAY: 0, 0x0F: 0, TEXT: 4, 0x0D: 4, 0x0E: 4, 0x05: 5, 0x0C: 16}
_REGEX = 0x0B
_I32 = struct.Struct("<i")


def flat(document: bytes) -> dict[str, object]:
    """Give the fields of a flat document of numbers, booleans and texts. Raises Damaged for anything else."""
    found: dict[str, object] = {}
    for name, kind, value in fields(document):
        if kind == TEXT:
            found[name] = text(value)
        elif kind == 0x08:
            found[name] = bool(value[0])
        elif kind in (0x10, 0x12):
            found[name] = int.from_bytes(value, "little", signed=True)
        else:
            raise Damaged(f"a header of the archive has a field of kind {kind}")
    return found


def fields(document: bytes) -> Iterator[tuple[str, int, bytes]]:
    """Give name, kind and value of each field, one after the other. Raises Damaged where they do not fit."""
    position, end = 4, len(document) - 1
    try:
        while position < end:
            kind = document[position]
            stop = document.index(b"\0", position + 1)
            name = document[position + 1 : stop].decode()
            position = stop + 1
            size = _size(document, position, kind)
            if size < 0 or position + size > end:
                raise Damaged(f"the field {name} of a document is longer than the document")
            yield name, kind, document[position : position + size]
            position += size
    except (struct.error, ValueError, IndexError) as error:
        raise Damaged("a document of the archive is damaged") from error


def text(value: bytes) -> str:
    """Give what a field of the kind TEXT says. Raises Damaged."""
    try:
        return value[4:-1].decode()
    except ValueError as error:
        raise Damaged("a text of the archive is damaged") from error


def _size(document: bytes, position: int, kind: int) -> int:
    if kind in _FIXED:
        return _FIXED[kind]
    if kind in _SIZED:
        (length,) = _I32.unpack_from(document, position)
        return int(length) + _SIZED[kind] if length >= 0 else -1
    if kind == _REGEX:
        return document.index(b"\0", document.index(b"\0", position) + 1) + 1 - position
    raise Damaged(f"a document of the archive has a field of the unknown kind {kind}")
