from __future__ import annotations

import re
from datetime import UTC, datetime

import bson
import pytest
from bson.code import Code
from bson.dbref import DBRef
from bson.max_key import MaxKey
from bson.min_key import MinKey

from stackctl.services.saving.base import Damaged
from stackctl.services.saving.bson import fields, flat

EVERY_KIND = {
    "double": 1.5,
    "text": "grüße",
    "document": {"a": {"b": [1, 2]}},
    "array": [1, "x", None],
    "binary": b"\0\1\2",
    "old": bson.Binary(b"abc", 2),
    "id": bson.ObjectId(),
    "yes": True,
    "date": datetime(2026, 1, 2, tzinfo=UTC),
    "null": None,
    "regex": re.compile("^a.*b$", re.IGNORECASE),
    "reference": DBRef("items", 1),
    "code": Code("return 1"),
    "scoped": Code("return x", {"x": 1}),
    "int": 7,
    "stamp": bson.Timestamp(5, 6),
    "long": bson.Int64(-(2**60)),
    "decimal": bson.Decimal128("1.5"),
    "least": MinKey(),
    "most": MaxKey(),
}


def test_every_kind_is_stepped_over() -> None:
    document = bson.encode(EVERY_KIND)
    found = list(fields(document))
    assert [name for name, _kind, _value in found] == list(EVERY_KIND)
    for name, kind, value in found:
        alone = bson.encode({name: EVERY_KIND[name]})
        assert alone[4] == kind
        assert alone[4 + 1 + len(name.encode()) + 1 : -1] == value


def test_every_flipped_bit_is_damage_or_another_value_and_never_a_crash() -> None:
    document = bson.encode(EVERY_KIND)
    for place in range(4, len(document) * 8):
        spoilt = bytearray(document)
        spoilt[place // 8] ^= 1 << place % 8
        try:
            assert all(isinstance(name, str) for name, _kind, _value in fields(bytes(spoilt)))
        except Damaged as error:
            assert str(error)


def test_a_flat_document_is_read_and_another_refused() -> None:
    assert flat(bson.encode({"a": 1, "b": "x", "c": True, "d": bson.Int64(-3)})) == {
        "a": 1,
        "b": "x",
        "c": True,
        "d": -3,
    }
    with pytest.raises(Damaged, match="kind 3"):
        flat(bson.encode({"a": {}}))
