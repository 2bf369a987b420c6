from __future__ import annotations

import random
import struct

import bson
import pytest
from fastcrc.crc64 import xz

from stackctl.services.saving.base import Damaged, Proof
from stackctl.services.saving.mongodb_archive import MAGIC, ArchiveWalk

END = b"\xff\xff\xff\xff"


def made(collections: dict[str, list[bytes]], pieces: int = 3) -> bytes:
    """Give an archive as mongodump writes it: blocks of the collections in turn."""
    out = struct.pack("<I", MAGIC)
    out += bson.encode(
        {"concurrent_collections": 4, "version": "0.1", "server_version": "7.0.1", "tool_version": "100.12"}
    )
    for name in collections:
        base, collection = name.split(".", 1)
        out += bson.encode({"db": base, "collection": collection, "metadata": "{}", "size": 0, "type": "collection"})
    out += END
    for part in range(pieces):
        for name, documents in collections.items():
            some = documents[part::pieces]
            if some:
                out += header(name) + b"".join(some) + END
    for name, documents in collections.items():
        written = b"".join(doc for part in range(pieces) for doc in documents[part::pieces])
        crc = xz(written) if written else 0
        out += header(name, EOF=True, CRC=crc - 2**64 if crc >= 2**63 else crc) + END
    return out


def header(name: str, EOF: bool = False, CRC: int = 0) -> bytes:  # noqa: N803 - the format's own words
    base, collection = name.split(".", 1)
    return bson.encode({"db": base, "collection": collection, "EOF": EOF, "CRC": bson.Int64(CRC)})


def walked(data: bytes, step: int = 1 << 20) -> Proof:
    walk = ArchiveWalk()
    for start in range(0, len(data), step):
        walk.feed(data[start : start + step])
    return walk.end()


SOME = {
    "shop.items": [bson.encode({"_id": number, "name": "x" * (number % 40)}) for number in range(50)],
    "shop.empty": [],
    "crm.people": [bson.encode({"_id": 1})],
}


@pytest.mark.parametrize("step", [1, 13, 4096, 1 << 20])
def test_documents_are_counted_whatever_the_pieces(step: int) -> None:
    proof = walked(made(SOME), step)
    assert proof.counts == {"crm.people": 1, "shop.empty": 0, "shop.items": 50}
    assert proof.facts["server_version"] == "7.0.1"


def test_a_cut_anywhere_is_noticed() -> None:
    data = made(SOME)
    for cut in range(len(data)):
        with pytest.raises(Damaged):
            walked(data[:cut])


def test_a_bit_in_the_documents_is_noticed() -> None:
    data = made(SOME)
    start = data.index(bson.encode({"_id": 7, "name": "x" * 7}))
    chance = random.Random(1)
    for _ in range(50):
        spoilt = bytearray(data)
        spoilt[start + chance.randrange(20)] ^= 1 << chance.randrange(8)
        with pytest.raises(Damaged):
            walked(bytes(spoilt))


def test_a_prelude_alone_is_no_dump_of_what_it_names() -> None:
    whole = made(SOME)
    prelude = whole[: whole.index(END) + 4]
    with pytest.raises(Damaged, match=r"before the end of crm.people, shop.empty, shop.items"):
        walked(prelude)


@pytest.mark.parametrize("data", [b"", b"hello world", b"\0" * 100])
def test_something_else_is_no_archive(data: bytes) -> None:
    with pytest.raises(Damaged):
        walked(data)
