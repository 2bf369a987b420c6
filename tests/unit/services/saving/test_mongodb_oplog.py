"""The oplog in an archive, on what mongodump 100.12.2 really wrote while somebody wrote to the collections.

The server was FerretDB 1.24 with `--repl-set-name`; what only a real mongod writes, commands and transactions, is made
here.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import bson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.services.saving.base import Damaged, Proof
from stackctl.services.saving.mongodb_archive import ArchiveWalk
from stackctl.services.saving.mongodb_oplog import DEEPEST, OplogSlice, outside

ARCHIVE = gzip.decompress((Path(__file__).parents[1] / "recorded" / "oplog.archive.gz").read_bytes())
FACTS = {
    "entries": 9,
    "inserts": {"shop.items": 2, "shop.later": 1, "shop.log": 1, "shop.orders": 1},
    "deletes": {"shop.items": 3},
    "created": [],
    "emptied": ["shop.log"],
}


def walked(data: bytes, step: int = 1 << 20) -> Proof:
    walk = ArchiveWalk()
    for start in range(0, len(data), step):
        walk.feed(data[start : start + step])
    return walk.end()


def taken(*entries: dict[str, Any], capped: tuple[str, ...] = ()) -> dict[str, Any]:
    """The facts of these entries, without what is empty."""
    found = OplogSlice()
    found.take(b"".join(bson.encode(entry) for entry in entries))
    return {name: value for name, value in found.facts(capped).items() if value}


def command(base: str, **words: Any) -> dict[str, Any]:
    return {"op": "c", "ns": f"{base}.$cmd", "o": words, "ts": bson.Timestamp(1, 1)}


def write(kind: str, name: str) -> dict[str, Any]:
    return {"lsid": {"id": bson.Binary(b"x" * 16, 4)}, "op": kind, "ns": name, "o": {"_id": 1}, "t": bson.Int64(1)}


@pytest.mark.parametrize("step", [1, 13, 4096, 1 << 20])
def test_its_entries_belong_to_no_collection(step: int) -> None:
    proof = walked(ARCHIVE, step)
    counts = {name: count for name, count in proof.counts.items() if not name.startswith("shop.empty")}
    assert counts == {"shop.items": 7, "shop.log": 1, "shop.orders": 2}
    assert proof.facts["oplog"] == FACTS
    assert ".oplog" not in proof.facts["kinds"]


def test_a_cut_or_a_flipped_bit_in_it_is_noticed() -> None:
    start = ARCHIVE.index(b"shop.later") - 60
    for cut in range(start, len(ARCHIVE)):
        with pytest.raises(Damaged):
            walked(ARCHIVE[:cut])
    for place in range(start, start + 120):
        spoilt = bytearray(ARCHIVE)
        spoilt[place] ^= 1
        with pytest.raises(Damaged):
            walked(bytes(spoilt))


def test_what_commands_do() -> None:
    assert taken(command("shop", create="new", idIndex={"v": 2})) == {"entries": 1, "created": ["shop.new"]}
    assert taken(command("shop", drop="old")) == {"entries": 1, "emptied": ["shop.old"]}
    assert taken(command("shop", emptycapped="log")) == {"entries": 1, "emptied": ["shop.log"]}
    assert taken(command("shop", dropDatabase=1)) == {"entries": 1, "emptied": ["shop"]}
    for nothing in (command("shop", createIndexes="a", key={"b": 1}), write("n", ""), write("u", "shop.a")):
        assert taken(nothing) == {"entries": 1}


def test_a_transaction_is_its_writes() -> None:
    inner = {"op": "c", "ns": "admin.$cmd", "o": {"applyOps": [write("d", "shop.b"), write("i", "shop.a")]}}
    both = command("admin", applyOps=[write("i", "shop.a"), inner])
    assert taken(both) == {"entries": 1, "inserts": {"shop.a": 2}, "deletes": {"shop.b": 1}}


def test_commands_in_commands_have_an_end() -> None:
    entry = write("i", "shop.a")
    for _level in range(DEEPEST + 1):
        entry = command("admin", applyOps=[entry])
    with pytest.raises(Damaged, match="without end"):
        taken(entry)


def test_a_capped_collection_drops_documents_without_saying_so() -> None:
    both = (write("i", "shop.log"), write("i", "shop.a"))
    assert taken(*both, capped=("shop.log", "shop.other"))["emptied"] == ["shop.log"]


def ours(name: str) -> bool:
    return not name.startswith("config.")


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ({"shop.items": 4, "shop.log": 0, "shop.orders": 2}, []),
        ({"shop.items": 9, "shop.log": 2, "shop.orders": 3, "shop.later": 1, "config.x": 7}, []),
        ({"shop.items": 3, "shop.log": 1, "shop.orders": 2}, ["shop.items has 3 documents"]),
        ({"shop.items": 10, "shop.log": 1, "shop.orders": 2}, ["and 4 to 9 are possible"]),
        ({"shop.items": 7, "shop.log": 1}, ["shop.orders is missing"]),
        ({"shop.items": 7, "shop.orders": 2}, []),  # whatever empties it may have dropped it
        ({"shop.items": 7, "shop.orders": 2, "shop.later": 2}, ["shop.later has 2 documents"]),
        ({"shop.items": 7, "shop.orders": 2, "shop.strange": 0}, ["shop.strange is there"]),
    ],
)
def test_the_number_after_a_replay_has_bounds(found: dict[str, int], says: list[str]) -> None:
    saved = {"shop.items": 7, "shop.log": 1, "shop.orders": 2}
    wrong = outside(saved, FACTS, found, ours)
    assert len(wrong) == len(says)
    assert all(words in reason for words, reason in zip(says, wrong, strict=True))


def test_what_was_made_meanwhile_must_be_there() -> None:
    assert outside({}, {"created": ["shop.new"]}, {}, ours) == ["shop.new is missing after the replay"]
    assert outside({}, {"created": ["shop.new"]}, {"shop.new": 0}, ours) == []
    assert outside({"shop.a": 3}, {"emptied": ["shop"]}, {}, ours) == []


@given(
    before=st.sets(st.integers(0, 5)),
    writes=st.lists(st.tuples(st.sampled_from("id"), st.integers(0, 9)), max_size=12),
    read_at=st.lists(st.integers(0, 12), min_size=10, max_size=10),
)
def test_whenever_a_document_was_read_the_truth_is_within_the_bounds(
    before: set[int], writes: list[tuple[str, int]], read_at: list[int]
) -> None:
    moments = [set(before)]
    done = []
    for kind, number in writes:
        now = set(moments[-1])
        if (number in now) == (kind == "d"):  # a server logs only what changed something
            (now.remove if kind == "d" else now.add)(number)
            done.append(write(kind, "shop.a"))
            moments.append(now)
    read = {number for number, at in enumerate(read_at) if number in moments[min(at, len(moments) - 1)]}
    assert outside({"shop.a": len(read)}, taken(*done), {"shop.a": len(moments[-1])}, ours) == []
