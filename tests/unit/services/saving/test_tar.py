from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.services.saving.base import Damaged, Proof
from stackctl.services.saving.tar import TarWalk


def archive(files: dict[str, bytes], kind: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


def walked(data: bytes, step: int = 1 << 20) -> Proof:
    walk = TarWalk()
    for start in range(0, len(data), step):
        walk.feed(data[start : start + step])
    return walk.end()


SOME = {"a": b"x" * 700, "b/" + "c" * 200: b"", "d": b"y" * 1024}


@pytest.mark.parametrize("kind", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
@pytest.mark.parametrize("step", [1, 511, 512, 1 << 20])
def test_members_and_bytes_are_counted_whatever_the_pieces(kind: int, step: int) -> None:
    assert walked(archive(SOME, kind), step).counts == {"files": 3, "bytes": 1724}


def test_a_cut_at_any_member_is_noticed_where_python_notices_nothing() -> None:
    data = archive(SOME)
    with tarfile.open(fileobj=io.BytesIO(data[:1536])) as tar:
        assert len(tar.getmembers()) == 1, "tarfile accepts the cut"
    for cut in range(0, len(data) - 10240 + 2048, 512):
        with pytest.raises(Damaged):
            walked(data[:cut])


def test_a_flipped_header_is_noticed() -> None:
    data = bytearray(archive(SOME))
    data[0] ^= 1
    with pytest.raises(Damaged, match="checksum"):
        walked(bytes(data))


def test_other_names_give_another_digest() -> None:
    assert walked(archive({"a": b"1"})).facts != walked(archive({"b": b"1"})).facts


def test_data_after_the_end_mark_is_refused() -> None:
    data = archive({"a": b""})
    with pytest.raises(Damaged, match="after"):
        walked(data + data)


def test_gnu_tar_with_holes_links_and_a_long_name(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"1" * 5000)
    os.link(tmp_path / "plain", tmp_path / "hard")
    (tmp_path / "soft").symlink_to("plain")
    with (tmp_path / ("long" * 60)).open("wb") as stream:
        stream.truncate(50_000_000)
    data = subprocess.run(
        ["tar", "--create", "--format=posix", "--sparse", "-C", tmp_path, "."], stdout=subprocess.PIPE, check=True
    ).stdout
    proof = walked(data)
    assert proof.counts["files"] == 5, "the folder itself, the file and its second name, the link, the sparse file"
    assert proof.counts["bytes"] < 10_000, "a hole has no bytes"


@given(
    st.dictionaries(st.text("abc/", min_size=1, max_size=150), st.binary(max_size=2000), max_size=8),
    st.integers(1, 3000),
)
def test_every_archive_of_tarfile_is_read(files: dict[str, bytes], step: int) -> None:
    proof = walked(archive(files), step)
    assert proof.counts == {"files": len(files), "bytes": sum(map(len, files.values()))}
