from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from stackctl.errors import ConfigError
from stackctl.images.buildlog import disk_logs, last_log
from stackctl.workspace.files import DiskFiles


def test_a_log_is_kept_outside_of_git_and_begins_anew(tmp_path: Path) -> None:
    open_log = disk_logs(tmp_path, DiskFiles())
    for text in ("first", "second\n"):
        with open_log("redis") as log:
            log.write(text)
            assert log.path.read_text().endswith(f"{text.strip()}\n")  # it can be read while the build runs
    path = tmp_path / ".stackctl" / "build" / "redis.log"
    assert path.read_text() == "second\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (tmp_path / ".stackctl" / ".gitignore").exists()


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("kept")
    (tmp_path / ".stackctl" / "build").mkdir(parents=True)
    (tmp_path / ".stackctl" / "build" / "redis.log").symlink_to(victim)
    with disk_logs(tmp_path, DiskFiles())("redis") as log:
        log.write("x")
    assert victim.read_text() == "kept"


def test_a_log_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".stackctl" / "build" / "redis.log").mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"redis\.log cannot be written"), disk_logs(tmp_path, DiskFiles())("redis"):
        pass


def test_the_last_log_is_told_only_where_that_build_failed(tmp_path: Path) -> None:
    files = DiskFiles()
    assert last_log(tmp_path, files, "web") == ""
    with disk_logs(tmp_path, files)("db-web") as log:  # built together, so they share a log
        log.write("ERROR: failed to solve: exit code: 127")
    assert "exit code: 127" in last_log(tmp_path, files, "web")
    assert last_log(tmp_path, files, "we") == ""
    later = tmp_path / ".stackctl" / "build" / "web.log"
    with disk_logs(tmp_path, files)("web") as log:
        log.write("#9 exporting to image")
    os.utime(later, (later.stat().st_mtime + 5,) * 2)
    assert last_log(tmp_path, files, "web") == ""
