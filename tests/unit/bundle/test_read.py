"""Bundles that are damaged, newer, or made to harm: each is refused with a sentence, none does anything."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.bundle import read
from stackctl.bundle.judge import evidence_in, judge_again
from stackctl.bundle.manifest import NAME
from stackctl.bundle.read import bundle_of, read_bundle
from stackctl.errors import ConfigError, StackctlError
from stackctl.workspace.codec import zstd
from tests.unit.bundle.made import bundle_with
from tests.unit.health.made import ended, refused, stack, unhealthy

EVIDENCES = [ended("Traceback", "boom"), refused("exec: not found"), unhealthy("curl x", "no"), stack()]


def evidence_bytes(index: int = 0) -> bytes:
    return json.dumps(EVIDENCES[index].as_dict()).encode()


GOOD = bundle_with({"evidence.json": evidence_bytes(), "logs/a.jsonl": b'{"message":"x"}\n'})


def code_of(data: bytes) -> str:
    with pytest.raises(ConfigError) as raised:
        bundle_of(data)
    assert raised.value.hint
    return raised.value.code


def archive(fill: Callable[[tarfile.TarFile], None]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        fill(tar)
    return bytes(zstd().compress(stream.getvalue()))


def entry(name: str, **facts: Any) -> tarfile.TarInfo:
    item = tarfile.TarInfo(name)
    for key, value in facts.items():
        setattr(item, key, value)
    return item


def test_a_good_one_is_read() -> None:
    found = bundle_of(GOOD)
    assert found.manifest.project == "shop"
    assert evidence_in(found) == EVIDENCES[0]


@pytest.mark.parametrize("data", [b"", b"hello", b"\x1f\x8b\x08", b"PK\x03\x04", GOOD[4:]])
def test_what_is_none_is_said(data: bytes) -> None:
    assert code_of(data) == "bundle-damaged"


@pytest.mark.parametrize("kept", [5, 20, len(GOOD) // 2, len(GOOD) - 1])
def test_a_truncated_one_is_damaged(kept: int) -> None:
    assert code_of(GOOD[:kept]) == "bundle-damaged"


def test_a_cut_archive_in_a_whole_frame_is_damaged() -> None:
    tar = zstd().decompress(GOOD)
    for kept in range(512, len(tar), 512):
        cut = bytes(zstd().compress(tar[:kept]))
        try:
            assert bundle_of(cut) == bundle_of(GOOD)  # the end mark alone was cut
        except ConfigError as error:
            assert error.code == "bundle-damaged"


def test_a_newer_one_says_so() -> None:
    assert code_of(bundle_with({"x.json": b"{}"}, schema=99, files="something else")) == "bundle-newer"
    assert code_of(bundle_with({}, schema="1")) == "bundle-damaged"
    assert code_of(bundle_with({}, format="other")) == "bundle-damaged"


def test_what_is_not_what_was_packed_is_damaged() -> None:
    facts = {"name": "a.json", "about": "", "bytes": 2, "sha256": "00", "redacted": {}}
    assert code_of(bundle_with({"a.json": b"{}"}, files=[facts])) == "bundle-damaged"
    assert code_of(bundle_with({}, files=[facts])) == "bundle-damaged"
    assert code_of(bundle_with({"a.json": b"{}"}, files=[])) == "bundle-refused"


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", "a/../../x", "a//b", "./a", ".hidden", "a\\b", "C:x", "a\nb", "a/b/c/d/e", "-", "ä"]
)
def test_a_path_that_leads_elsewhere_is_refused(name: str) -> None:
    found = code_of(archive(lambda tar: tar.addfile(entry(name))))
    assert found == "bundle-refused" or name == "-"


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
def test_what_is_no_file_is_refused(kind: bytes) -> None:
    data = archive(lambda tar: tar.addfile(entry("manifest.json", type=kind, linkname="/etc/passwd")))
    assert code_of(data) == "bundle-refused"


def test_a_file_twice_is_refused() -> None:
    def fill(tar: tarfile.TarFile) -> None:
        tar.addfile(entry("a"))
        tar.addfile(entry("a"))

    assert code_of(archive(fill)) == "bundle-refused"


def test_a_bomb_of_many_files_is_refused() -> None:
    def fill(tar: tarfile.TarFile) -> None:
        for number in range(read.MOST_FILES + 1):
            tar.addfile(entry(f"f{number}"))

    assert code_of(archive(fill)) == "bundle-refused"


def test_a_bomb_of_zeros_is_refused_before_it_has_unfolded() -> None:
    compressor = zstd().ZstdCompressor()
    piece = b"\0" * (16 * 1024 * 1024)
    bomb = b"".join(compressor.compress(piece) for _ in range(64)) + compressor.flush()
    assert len(bomb) < 1024 * 1024
    assert code_of(bomb) == "bundle-refused"


def test_a_size_that_cannot_be_is_refused_and_never_loops() -> None:
    for size in (b"\xff" * 12, b"\x80" + b"\0" * 3 + b"\x7f" + b"\xff" * 7, b"77777777777\0"):
        head = bytearray(entry("a").tobuf(tarfile.USTAR_FORMAT))
        head[124:136] = size
        head[148:156] = b" " * 8
        head[148:156] = b"%06o\0 " % sum(head)
        assert code_of(bytes(zstd().compress(bytes(head) + b"\0" * 1024))) in ("bundle-refused", "bundle-damaged")


def test_deep_and_long_json_is_refused() -> None:
    assert code_of(bundle_with({}, notes="x") + b"") == "bundle-damaged"
    deep = b"[" * 100_000
    found = bundle_of(bundle_with({"evidence.json": deep}))
    with pytest.raises(ConfigError) as raised:
        evidence_in(found)
    assert raised.value.code == "bundle-damaged"
    long = json.dumps({**EVIDENCES[0].as_dict(), "complaint": "x" * (read.LONGEST_TEXT + 1)}).encode()
    with pytest.raises(ConfigError):
        evidence_in(bundle_of(bundle_with({"evidence.json": long})))


def test_control_codes_in_it_do_not_reach_a_terminal() -> None:
    evil = {**EVIDENCES[0].as_dict(), "project": "\x1b]0;pwned\x07shop\x1b[2J"}
    found = evidence_in(bundle_of(bundle_with({"evidence.json": json.dumps(evil).encode()})))
    assert found.project == "shop"


def test_files_that_are_none_are_said(tmp_path: Path) -> None:
    huge = tmp_path / "huge"
    with huge.open("wb") as stream:
        stream.truncate(read.MOST_PACKED + 1)
    for path, code in ((tmp_path / "none", "no-file"), (tmp_path, "not-a-file"), (huge, "too-large")):
        with pytest.raises(ConfigError) as raised:
            read_bundle(path)
        assert raised.value.code == code


@given(st.data())
def test_damaged_bytes_are_refused_or_change_nothing(data: st.DataObject) -> None:
    raw = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(raw) - 1))
        kind = data.draw(st.sampled_from(["flip", "cut", "insert", "double"]))
        if kind == "flip":
            raw[place] ^= data.draw(st.integers(1, 255))
        elif kind == "cut":
            del raw[place : place + data.draw(st.integers(1, 40))]
            raw = raw or bytearray(b"x")
        elif kind == "insert":
            raw[place:place] = data.draw(st.binary(max_size=20))
        else:
            raw += raw[place:]
    try:
        assert bundle_of(bytes(raw)) == bundle_of(GOOD)
    except ConfigError as error:
        assert error.code.startswith("bundle-")


@given(st.data())
def test_a_damaged_archive_is_refused_or_changes_nothing(data: st.DataObject) -> None:
    tar = bytearray(zstd().decompress(GOOD))
    for _ in range(data.draw(st.integers(1, 4))):
        tar[data.draw(st.integers(0, len(tar) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = bundle_of(bytes(zstd().compress(bytes(tar))))
        assert found.files == bundle_of(GOOD).files
    except ConfigError as error:
        assert error.code.startswith("bundle-")


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += spots(item, (*path, key))
    return found


def put(value: Any, path: tuple[Any, ...], item: Any) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = item


@given(st.data())
def test_evidence_that_makes_no_sense_is_refused_or_judged_and_never_a_bug(data: st.DataObject) -> None:
    raw = json.loads(evidence_bytes(data.draw(st.integers(0, len(EVIDENCES) - 1))))
    for _ in range(data.draw(st.integers(1, 3))):
        put(raw, data.draw(st.sampled_from(spots(raw))), data.draw(ANY))
    found = bundle_of(bundle_with({"evidence.json": json.dumps(raw).encode()}))
    try:
        for verdict in judge_again(evidence_in(found)):
            assert verdict.code
    except StackctlError as error:
        assert (error.exit_code, error.code) == (3, "bundle-damaged")


def test_the_manifest_comes_first() -> None:
    with tarfile.open(fileobj=io.BytesIO(zstd().decompress(GOOD))) as tar:
        assert tar.getnames()[0] == NAME
