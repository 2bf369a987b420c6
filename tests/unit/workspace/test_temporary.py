"""What killed writers leave: whole files, and nothing that the next write does not take away."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stackctl.workspace.files import DiskFiles
from stackctl.workspace.temporary import MARK, filled, sweep

ROOT = Path(__file__).parents[3]
START = f"""
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from stackctl.workspace.files import DiskFiles
from stackctl.workspace.temporary import filled
path = Path(sys.argv[1])
"""
HOLDS = START + "with filled(path, b'half of it', 0o600): print('ready', flush=True); sys.stdin.read()\n"
# A page and more: a plain write would be seen half done.
WRITES = (
    START
    + "print('ready', flush=True)\nwhile True:\n    for n in b'abc': DiskFiles().write(path, bytes([n]) * 20000)\n"
)


def started(script: str, path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def killed(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_a_killed_writer_left_goes_with_the_next_write_of_any_file(tmp_path: Path) -> None:
    killed(started(HOLDS, tmp_path / "dev.env"))
    (left,) = names(tmp_path)
    assert left.startswith(f".dev.env{MARK}")
    DiskFiles().write(tmp_path / "other", b"x")
    assert names(tmp_path) == ["other"]


def test_what_a_living_writer_has_stays(tmp_path: Path) -> None:
    process = started(HOLDS, tmp_path / "dev.env")
    try:
        sweep(tmp_path)
        assert len(names(tmp_path)) == 1
    finally:
        process.communicate()
    assert names(tmp_path) == [], "it removed it itself"


def test_files_that_only_look_alike_stay(tmp_path: Path) -> None:
    alike = [f"dev.env{MARK}0123abcd", f".dev.env{MARK}0123abc", f".dev.env{MARK}0123ABCD", f"{MARK}0123abcd", ".x.tmp"]
    for name in alike:
        (tmp_path / name).write_text("mine")
    (tmp_path / f".folder{MARK}0123abcd").mkdir()
    (tmp_path / f".link{MARK}0123abcd").symlink_to(tmp_path / ".x.tmp")
    sweep(tmp_path)
    assert names(tmp_path) == sorted([*alike, f".folder{MARK}0123abcd", f".link{MARK}0123abcd"])


def test_a_folder_that_is_not_there_has_nothing_to_sweep(tmp_path: Path) -> None:
    sweep(tmp_path / "none")
    assert names(tmp_path) == []


def test_nothing_stays_where_the_block_fails(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no"), filled(tmp_path / "x", b"data", 0o600) as temporary:
        assert temporary.read_bytes() == b"data"
        raise ValueError("no")
    assert names(tmp_path) == []


def test_killed_at_any_moment_the_file_is_whole_and_the_next_write_cleans_up(tmp_path: Path) -> None:
    path, seed = tmp_path / "dev.env", random.Random(5)
    DiskFiles().write(path, b"a" * 20000)
    for _round in range(10):
        process = started(WRITES, path)
        time.sleep(seed.uniform(0.0, 0.03))
        killed(process)
        data = path.read_bytes()
        assert (len(data), len(set(data))) == (20000, 1), "half of one and half of another"
    DiskFiles().write(path, b"new")
    assert names(tmp_path) == ["dev.env"]


def test_two_writers_at_once_do_not_sweep_each_other_away(tmp_path: Path) -> None:
    processes = [started(WRITES, tmp_path / name) for name in ("one", "one", "two")]
    time.sleep(0.3)
    for process in processes:
        assert process.poll() is None, "none of them met an error"
        killed(process)
    assert {len((tmp_path / name).read_bytes()) for name in ("one", "two")} == {20000}
