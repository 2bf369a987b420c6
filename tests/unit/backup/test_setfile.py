from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackctl.backup.manifest import Form, Manifest, to_bytes
from stackctl.backup.setfile import SetFile, half_of, put_in_place
from stackctl.backup.stream import store
from stackctl.backup.verify import Checking, verify
from stackctl.errors import BackupFailed, Misuse, Refused
from stackctl.services.saving.tar import TarWalk
from tests.unit.backup import made
from tests.unit.fakes import FakeEngine, doors

ID = "2026-01-02T03-04-05-abcd"
FILE = "files.data.tar.zst"
Change = Callable[[tarfile.TarInfo], None]


def written(path: Path, size: int = 3000, claimed: int = 0) -> Manifest:
    """A real set in one file; `claimed` is the plain size that its manifest says instead of the true one."""
    draft = SetFile(path).begin(ID)
    source = io.BytesIO(made.tar_bytes(size))
    with draft.data(FILE) as sink:
        stored = store(lambda: source.read(1000), sink, TarWalk(), (), lambda _size: None)
    proof = {**stored.proof.facts, "stream_bytes": stored.plain.bytes}
    plain = Form(claimed or stored.plain.bytes, stored.plain.sha256)
    manifest = made.manifest(ID, made.payload(plain=plain, stored=stored.stored, proof=proof))
    draft.publish(manifest)
    return manifest


def check(path: Path) -> None:
    verify(Checking(doors(path.parent, FakeEngine()).world, SetFile(path), "full"), ID)


def archive(path: Path, *members: tuple[str, bytes, Change | None]) -> Path:
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        for name, data, change in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            if change:
                change(member)
            tar.addfile(member, io.BytesIO(data))
    # tarfile fills up to whole records; what is written here ends after two empty blocks.
    data = path.read_bytes().rstrip(b"\0")
    path.write_bytes(data + b"\0" * (-len(data) % 512) + b"\0" * 1024)
    return path


def test_a_file_is_a_whole_set_for_stackctl_and_for_tar(tmp_path: Path) -> None:
    path = tmp_path / "shop.tar"
    manifest = written(path)
    check(path)
    assert (SetFile(path).ids(), SetFile(path).manifest(ID)) == ([ID], manifest)
    with tarfile.open(path) as tar:
        assert tar.getnames() == [f"{ID}/{FILE}", f"{ID}/manifest.json"]
        tar.extractall(tmp_path / "out", filter="data")
    assert (tmp_path / "out" / ID / "manifest.json").read_bytes() == to_bytes(manifest)
    assert path.stat().st_mode & 0o777 == 0o600


def test_it_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "shop.tar"
    half = half_of(path)
    written(half)
    assert not path.exists()
    put_in_place(half, path)
    assert [item.name for item in tmp_path.iterdir()] == ["shop.tar"]
    check(path)


def test_what_a_killed_run_left_is_written_over_and_what_another_writes_is_not(tmp_path: Path) -> None:
    half = tmp_path / ".shop.tar.partial"
    half.write_bytes(b"x" * 100_000)
    draft = SetFile(half).begin(ID)
    with pytest.raises(Refused, match="being written"):
        SetFile(half).begin(ID)
    draft.drop()
    assert not half.exists()
    written(half)
    check(half)


@pytest.mark.parametrize("seed", range(40))
def test_a_flipped_bit_anywhere_is_found_and_the_file_is_named(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "shop.tar"
    written(path)
    data = bytearray(path.read_bytes())
    # Every part in turn: headers, payload, manifest, padding; a flip in a field that means nothing harms nothing.
    at = seed * len(data) // 40
    data[at] ^= 1 << (seed % 8)
    path.write_bytes(bytes(data))
    with pytest.raises(BackupFailed, match=r"shop\.tar|files\.data\.tar\.zst|manifest of"):
        check(path)


@settings(deadline=None)  # a busy machine is slow, not wrong
@given(st.integers(0, 10_000))
def test_a_cut_file_is_refused_wherever_it_is_cut(cut: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.tar"
        written(path)
        data = path.read_bytes()
        path.write_bytes(data[: cut % len(data)])
        with pytest.raises(BackupFailed, match=r"shop\.tar is no whole set"):
            SetFile(path).ids()


def link(member: tarfile.TarInfo) -> None:
    member.type, member.linkname, member.size = tarfile.SYMTYPE, "/etc/passwd", 0


def device(member: tarfile.TarInfo) -> None:
    member.type, member.size = tarfile.CHRTYPE, 0


@pytest.mark.parametrize(
    "members",
    [
        [("../evil", b"x", None)],
        [("/etc/passwd", b"x", None)],
        [(f"{ID}/../../evil", b"x", None)],
        [(f"{ID}/a/b", b"x", None)],
        [(f"{ID}/..", b"x", None)],
        [("manifest.json", b"{}", None)],
        [(f"{ID}/a", b"", link)],
        [(f"{ID}/a", b"", device)],
        [(f"{ID}/a", b"x", None), (f"{ID}/a", b"y", None)],
        [(f"{ID}/a", b"x", None), (f"{ID[:-1]}e/manifest.json", b"{}", None)],
        [(f"{ID}/a", b"x", None)],
        [(f"{ID}/{'long' * 60}", b"x", None)],
    ],
)
def test_an_archive_with_anything_else_in_it_is_refused(
    tmp_path: Path, members: list[tuple[str, bytes, Change | None]]
) -> None:
    path = archive(tmp_path / "evil.tar", *members)
    with pytest.raises(BackupFailed, match=r"evil\.tar is no whole set"):
        SetFile(path).ids()


def test_files_that_the_manifest_does_not_name_and_named_ones_that_lack_are_refused(tmp_path: Path) -> None:
    manifest = to_bytes(made.manifest(ID, made.payload()))
    for members in ([(f"{ID}/more", b"x", None), (f"{ID}/{FILE}", b"", None)], []):
        path = archive(tmp_path / "evil.tar", *members, (f"{ID}/manifest.json", manifest, None))
        with pytest.raises(BackupFailed, match="names other files"):
            SetFile(path).ids()


def test_more_behind_the_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shop.tar"
    written(path)
    path.write_bytes(path.read_bytes() + b"\0" * 511 + b"x")
    with pytest.raises(BackupFailed, match="behind its end"):
        SetFile(path).ids()


def test_a_size_beyond_the_file_is_refused(tmp_path: Path) -> None:
    def huge(member: tarfile.TarInfo) -> None:
        member.size = 1 << 62

    path = tmp_path / "evil.tar"
    member = tarfile.TarInfo(f"{ID}/a")
    huge(member)
    path.write_bytes(member.tobuf(tarfile.GNU_FORMAT) + b"\0" * 2048)
    with pytest.raises(BackupFailed, match="it is cut"):
        SetFile(path).ids()


def test_a_bomb_ends_where_it_says_more_than_its_manifest(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tar"
    written(path, size=200 << 20, claimed=1000)
    assert path.stat().st_size < 1 << 20
    with pytest.raises(BackupFailed, match="more in it than it says"):
        check(path)


def test_other_content_under_the_same_manifest_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shop.tar"
    manifest = written(path)
    other = replace(manifest.payloads[0], plain=Form(manifest.payloads[0].plain.bytes, "0" * 64))
    draft = SetFile(path).begin(ID)
    with draft.data(FILE) as sink:
        source = io.BytesIO(made.tar_bytes())
        store(lambda: source.read(1000), sink, TarWalk(), (), lambda _size: None)
    draft.publish(replace(manifest, payloads=(other,)))
    with pytest.raises(BackupFailed, match="not what was saved"):
        check(path)


@pytest.mark.parametrize("name", ["-", ".", "..", "folder", "nowhere/x.tar"])
def test_what_is_no_name_for_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(Misuse):
        half_of(tmp_path / name)


def test_a_name_too_long_for_one_file_says_what_to_do(tmp_path: Path) -> None:
    draft = SetFile(tmp_path / "x.tar").begin(ID)
    with pytest.raises(BackupFailed, match="too long"), draft.data("x" * 120):
        pass
    draft.drop()
