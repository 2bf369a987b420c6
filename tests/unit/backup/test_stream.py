from __future__ import annotations

import io
import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.backup.stream import CHUNK, Stored, load, store
from stackctl.errors import BackupFailed
from stackctl.secrets.age import Identity, new_identity, read_identities
from stackctl.services.saving.base import Damaged, Proof

SECRET, PUBLIC = new_identity()
KEYS = read_identities(SECRET.encode(), "test")
SIZES = st.sampled_from([1, 1000, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])


class AnyBytes:
    """A walk over bytes that mean nothing."""

    def feed(self, data: bytes) -> None:
        """Take anything."""

    def end(self) -> Proof:
        return Proof()


def put(data: bytes, *recipients: str) -> tuple[bytes, Stored]:
    sink = io.BytesIO()
    stored = store(io.BytesIO(data).read1, sink, AnyBytes(), recipients, lambda _size: None)
    return sink.getvalue(), stored


def got(packed: bytes, *, sealed: bool = False, keys: list[Identity] = KEYS) -> bytes:
    return b"".join(load(io.BytesIO(packed), sealed, keys))


@given(size=SIZES, sealed=st.booleans())
def test_what_was_stored_comes_back(size: int, sealed: bool) -> None:
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    packed, stored = put(data, *([PUBLIC] if sealed else []))
    assert got(packed, sealed=sealed) == data
    assert (stored.plain.bytes, stored.stored.bytes) == (len(data), len(packed))


@given(st.data())
def test_a_cut_stream_is_damaged(data: st.DataObject) -> None:
    packed, _stored = put(b"something to keep, " * 1000)
    with pytest.raises(Damaged, match="does not decompress"):
        got(packed[: data.draw(st.integers(0, len(packed) - 1))])


@pytest.mark.parametrize("more", [lambda packed: b"\0", lambda packed: packed], ids=["a byte", "a second frame"])
def test_what_stands_behind_the_end_is_damage(more: Callable[[bytes], bytes]) -> None:
    packed, _stored = put(b"something to keep")
    with pytest.raises(Damaged, match="behind its end"):
        got(packed + more(packed))


def test_a_cut_and_a_foreign_seal() -> None:
    packed, _stored = put(b"something to keep, " * 1000, PUBLIC)
    with pytest.raises(Damaged, match="does not decrypt"):
        got(packed[:-1], sealed=True)
    with pytest.raises(BackupFailed, match="other keys"):
        got(packed, sealed=True, keys=read_identities(new_identity()[0].encode(), "another"))


@pytest.mark.parametrize("recipients", [(), (PUBLIC,)], ids=["plain", "sealed"])
def test_who_stops_in_the_middle_leaves_no_thread(recipients: tuple[str, ...]) -> None:
    packed, _stored = put(bytes(5 * CHUNK), *recipients)
    before = threading.active_count()
    chunks = load(io.BytesIO(packed), bool(recipients), KEYS)
    assert next(chunks)
    assert threading.active_count() > before
    chunks.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
