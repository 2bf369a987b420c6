from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest

from stackctl.errors import ConfigError
from stackctl.workspace.files import DiskFiles, digest_file, walk_files

FILES = DiskFiles()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_written_is_read_and_private(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.env"
    FILES.write(path, b"X=1\n")
    assert FILES.read(path) == b"X=1\n"
    assert mode(path) == 0o600
    assert [item.name for item in path.parent.iterdir()] == ["b.env"]


@pytest.mark.parametrize("wanted", [0o600, 0o644, 0o755])
def test_the_mode_is_the_one_asked_for_whatever_the_umask(tmp_path: Path, wanted: int) -> None:
    before = os.umask(0o077)
    try:
        FILES.write(tmp_path / "x", b"", wanted)
    finally:
        os.umask(before)
    assert mode(tmp_path / "x") == wanted


def test_a_write_replaces_the_file_and_never_changes_it_in_place(tmp_path: Path) -> None:
    path = tmp_path / "x"
    FILES.write(path, b"old")
    with path.open("rb") as reader:
        FILES.write(path, b"new")
        assert reader.read() == b"old"  # who has it open keeps the old content, whole
    assert path.read_bytes() == b"new"


def test_a_write_that_fails_leaves_the_old_content_and_no_rubbish(tmp_path: Path) -> None:
    path = tmp_path / "x"
    FILES.write(path, b"old")
    with pytest.raises(TypeError):
        FILES.write(path, "text, not bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    assert [item.name for item in tmp_path.iterdir()] == ["x"]


def test_a_folder_in_the_way_is_an_error_and_stays(tmp_path: Path) -> None:
    (tmp_path / "x" / "inside").mkdir(parents=True)
    with pytest.raises(ConfigError, match="cannot be written"):
        FILES.write(tmp_path / "x", b"new")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["x"]


def test_a_file_in_the_place_of_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"old")
    with pytest.raises(ConfigError):
        FILES.write(tmp_path / "x" / "y", b"new")
    with pytest.raises(ConfigError):
        FILES.make_dir(tmp_path / "x" / "y")
    assert (tmp_path / "x").read_bytes() == b"old"


def test_a_link_is_refused_and_its_target_untouched(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"precious")
    link.symlink_to(target)
    with pytest.raises(ConfigError, match="symbolic link"):
        FILES.write(link, b"new")
    assert target.read_bytes() == b"precious"
    assert link.is_symlink()


def test_a_link_to_nowhere_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "none")
    with pytest.raises(ConfigError, match="symbolic link"):
        FILES.write(tmp_path / "link", b"new")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    os.chown(path, 12345, 12345)
    with pytest.raises(ConfigError, match="another user"):
        FILES.write(path, b"new")
    assert path.read_bytes() == b"old"


def test_reading_tells_nothing_from_what_cannot_be_read(tmp_path: Path) -> None:
    assert FILES.read(tmp_path / "none") is None
    assert FILES.read(tmp_path / "none" / "below") is None
    with pytest.raises(ConfigError, match="is a directory"):
        FILES.read(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    assert FILES.read(tmp_path / "file") == b""


def test_a_new_folder_gets_the_mode_and_an_existing_one_keeps_its_own(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir(mode=0o755)
    FILES.make_dir(tmp_path / "there" / "a" / "b")
    assert [mode(tmp_path / "there" / name) for name in (".", "a", "a/b")] == [0o755, 0o700, 0o700]
    FILES.make_dir(tmp_path / "there" / "a", 0o755)
    assert mode(tmp_path / "there" / "a") == 0o700


def test_names_are_sorted_and_a_missing_folder_has_none(tmp_path: Path) -> None:
    for name in ("b", "a", ".hidden"):
        (tmp_path / name).write_bytes(b"")
    assert FILES.names(tmp_path) == [".hidden", "a", "b"]
    assert FILES.names(tmp_path / "none") == []
    assert FILES.names(tmp_path / "a") == []


def test_removing_twice_is_fine(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"")
    FILES.remove(tmp_path / "x")
    FILES.remove(tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_a_digest_is_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert digest_file(tmp_path / "x") == hashlib.sha256(b"abc").hexdigest()
    with pytest.raises(ConfigError):
        digest_file(tmp_path / "none")


def test_walking_gives_files_and_links_in_a_stable_order(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "inside").write_bytes(b"")
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "b")
    found = [str(path.relative_to(tmp_path)) for path in walk_files(tmp_path)]
    assert found == ["a", "link", "b/inside"]
