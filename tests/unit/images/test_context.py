from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from stackctl.images import context
from stackctl.images.context import RACY_NS, InDoubt, Known, Limits, read_context, read_ignore
from stackctl.images.dockerignore import Ignore, parse

LATER = RACY_NS * 2


def now() -> int:
    return time.time_ns()


def test_entries_are_files_folders_and_links(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir(mode=0o750)
    (tmp_path / "d" / "f").write_text("x")
    (tmp_path / "d" / "f").chmod(0o640)
    (tmp_path / "link").symlink_to("/nowhere")
    (tmp_path / "linked").symlink_to("d")
    listing = read_context(tmp_path, Ignore())
    assert sorted(listing.entries) == ["d/", "d/f", "link", "linked"]
    assert listing.entries["d/f"].startswith("file 640 ")
    assert listing.entries["linked"].startswith("link ")
    assert set(listing.stamps) == {"d/f"}


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert read_context(tmp_path, Ignore()).entries["pipe"].startswith("special ")


def test_modes_and_link_targets_count(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    (tmp_path / "l").symlink_to("a")
    before = read_context(tmp_path, Ignore()).entries
    (tmp_path / "f").chmod(0o700)
    (tmp_path / "l").unlink()
    (tmp_path / "l").symlink_to("b")
    after = read_context(tmp_path, Ignore()).entries
    assert before["f"] != after["f"]
    assert before["l"] != after["l"]


def test_what_is_left_out_is_not_even_looked_into(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / "x").write_text("x")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "y").write_text("y")
    listing = read_context(tmp_path, parse("*\n!app/"))
    assert sorted(listing.entries) == ["app/", "app/y"]


def test_a_file_that_comes_back_from_a_folder_left_out(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    for name in ("a.md", "b.py"):
        (tmp_path / "d" / name).write_text(name)
    assert sorted(read_context(tmp_path, parse("d\n!**/*.py")).entries) == ["d/b.py"]


def test_a_stamp_that_holds_spares_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("x")
    first = read_context(tmp_path, Ignore())
    stamp = first.stamps["f"]
    forged = context.Stamp(stamp.size, stamp.mtime_ns, stamp.ctime_ns, stamp.inode, "forged")
    later = read_context(tmp_path, Ignore(), Known({"f": forged}, now() + LATER))
    assert later.entries["f"].endswith("forged")


def test_a_file_that_changed_in_the_moment_it_was_read_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    stamp = read_context(tmp_path, Ignore()).stamps["f"]
    forged = context.Stamp(stamp.size, stamp.mtime_ns, stamp.ctime_ns, stamp.inode, "forged")
    again = read_context(tmp_path, Ignore(), Known({"f": forged}, now()))
    assert not again.entries["f"].endswith("forged")


def test_a_content_that_changed_behind_the_same_size_and_time_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("one")
    facts = path.stat()
    first = read_context(tmp_path, Ignore())
    time.sleep(0.02)
    path.write_text("two")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    second = read_context(tmp_path, Ignore(), Known(first.stamps, now() + LATER))
    assert first.entries["f"] != second.entries["f"]


def test_the_ignore_file_of_a_dockerfile_wins(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("a")
    dockerfile = tmp_path / "docker" / "Dockerfile"
    dockerfile.parent.mkdir()
    assert read_ignore(tmp_path, dockerfile).check("a").ignored
    (dockerfile.parent / "Dockerfile.dockerignore").write_text("b")
    assert not read_ignore(tmp_path, dockerfile).check("a").ignored
    assert read_ignore(tmp_path, dockerfile).check("b").ignored


def test_no_ignore_file_leaves_nothing_out(tmp_path: Path) -> None:
    assert not read_ignore(tmp_path, tmp_path / "Dockerfile").check("a").ignored


def test_a_pattern_that_docker_rejects_is_in_doubt(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("a[")
    with pytest.raises(InDoubt):
        read_ignore(tmp_path, tmp_path / "Dockerfile")


def test_a_context_that_is_not_there_is_in_doubt(tmp_path: Path) -> None:
    with pytest.raises(InDoubt):
        read_context(tmp_path / "none", Ignore())


@pytest.mark.parametrize(
    ("limits", "ignore"),
    [
        (Limits(entries=3), ""),
        (Limits(visited=3), "*\n!**/nothing"),
        (Limits(size=3), ""),
    ],
)
def test_a_very_large_context_is_in_doubt(tmp_path: Path, limits: Limits, ignore: str) -> None:
    for name in "abcd":
        (tmp_path / name).write_text(name)
    with pytest.raises(InDoubt):
        read_context(tmp_path, parse(ignore), None, limits)
    assert Limits().entries == 20_000


def test_what_is_known_is_not_read_and_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "large").write_text("x" * 100)
    first = read_context(tmp_path, Ignore())
    again = read_context(tmp_path, Ignore(), Known(first.stamps, now() + LATER), Limits(size=3))
    assert again.entries == first.entries


def test_names_that_are_no_text_are_listed(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")).write_text("x")
    assert list(read_context(tmp_path, Ignore()).entries) == ["\udcff"]
