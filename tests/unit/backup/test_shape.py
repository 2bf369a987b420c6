from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackctl.backup.manifest import from_bytes, to_bytes
from stackctl.errors import BackupFailed
from tests.unit.backup import made

ID = "2026-01-02T03-04-05-abcd"


def forged(change: dict[str, Any], payload: dict[str, Any]) -> bytes:
    """A manifest that somebody wrote by hand, digest and all."""
    raw = json.loads(to_bytes(made.manifest(ID, made.payload(state={"dir": "/data"}))))
    raw.pop("digest")
    raw |= change
    if isinstance(raw["payloads"], list) and raw["payloads"]:
        raw["payloads"][0] |= payload
    text = json.dumps(raw, sort_keys=True, separators=(",", ":"))
    return json.dumps({**raw, "digest": hashlib.sha256(text.encode()).hexdigest()}).encode()


def test_a_manifest_of_our_own_is_read() -> None:
    manifest = made.manifest(ID, made.payload(counts={"shop.weird\nname": 1}, users="in the set"))
    assert from_bytes(to_bytes(manifest), ID) == manifest
    assert from_bytes(forged({}, {"more": 1}), ID).id == ID, "what a later version adds is passed over"


@pytest.mark.parametrize(
    ("change", "payload", "says"),
    [
        ({"created": "yesterday"}, {}, "created"),
        ({"created": "2026-01-02T03:04:05"}, {}, "created"),
        ({"project": "\x1b[2J"}, {}, "project"),
        ({"stack": 1}, {}, "stack"),
        ({"payloads": {"a": 1}}, {}, "payloads"),
        ({"skipped": [1]}, {}, "skipped"),
        ({"encrypted": "no"}, {}, "encrypted"),
        ({"consistency": "perfect"}, {}, "consistency"),
        ({}, {"kind": "papers"}, "kind"),
        ({}, {"file": "../evil"}, "file"),
        ({}, {"file": "manifest.json"}, "file"),
        ({}, {"file": ""}, "file"),
        ({}, {"service": "a b"}, "service"),
        ({}, {"image": "--privileged"}, "image"),
        ({}, {"image": "a -v /:/host"}, "image"),
        ({}, {"plain": {"bytes": -1, "sha256": ""}}, "plain"),
        ({}, {"plain": {"bytes": True, "sha256": ""}}, "plain"),
        ({}, {"stored": {"bytes": 1}}, "stored"),
        ({}, {"counts": {"a": "many"}}, "counts"),
        ({}, {"counts": [1]}, "counts"),
        ({}, {"state": {"dir": {"a": [object.__name__, {"b": None}]}}, "proof": 3}, "proof"),
        ({}, {"store": {"target": "/data/../etc"}}, "store"),
        ({}, {"store": {"target": "data"}}, "store"),
        ({}, {"fingerprint": "scrypt:zz:zz"}, "fingerprint"),
        ({}, {"users": "\x07"}, "users"),
    ],
)
def test_what_a_forged_manifest_says_is_refused(change: dict[str, Any], payload: dict[str, Any], says: str) -> None:
    with pytest.raises(BackupFailed, match=f"strange about: {says}"):
        from_bytes(forged(change, payload), ID)


def test_two_payloads_in_one_file_are_refused() -> None:
    raw = json.loads(to_bytes(made.manifest(ID, made.payload(), made.payload())))
    with pytest.raises(BackupFailed, match="one file for two"):
        from_bytes(json.dumps(raw).encode(), ID)


@pytest.mark.parametrize("data", [b"", b"[]", b"1", b"[" * 100_000, b'{"schema": ' + b"[" * 100_000, b"\xff", b"{}"])
def test_what_is_no_manifest_at_all(data: bytes) -> None:
    with pytest.raises(BackupFailed):
        from_bytes(data, ID)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
KEYS = sorted(json.loads(to_bytes(made.manifest(ID, made.payload()))))
PARTS = sorted(json.loads(to_bytes(made.manifest(ID, made.payload())))["payloads"][0])


@settings(deadline=None)  # a busy machine is slow, not wrong
@given(st.sampled_from(KEYS), JSON, st.sampled_from(PARTS), JSON)
def test_whatever_stands_there_it_is_read_or_refused(key: str, value: Any, part: str, other: Any) -> None:
    for data in (forged({key: value} if key != "payloads" else {}, {}), forged({}, {part: other})):
        try:
            from_bytes(data, ID)
        except BackupFailed:
            continue
