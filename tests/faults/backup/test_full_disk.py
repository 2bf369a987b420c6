"""Rows 6 and 7: no space left where the sets are, and where the data is. The small disks are real ones."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.cli import Cli, container, docker, run_in
from tests.faults.backup.shop import COMPOSE, Shop, names

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("backup-faults")]

PAGE = 4096


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def free_bytes(folder: Path) -> int:
    facts = os.statvfs(folder)
    return facts.f_bavail * facts.f_frsize


def test_6_a_full_disk_gives_its_space_back_and_keeps_the_earlier_sets(shop: Shop, small: Path) -> None:
    shop.cli.write(compose__yaml=f"{COMPOSE}\nx-stackctl: {{backup: {{dir: {small}}}}}\n")
    run_in(container(shop.name, "files"), "head -c 1500000 /dev/urandom > /srv/d-big")
    try:
        before = free_bytes(small)
        first = shop.cli("backup", "files", "--json").data["id"]
        size = before - free_bytes(small)
        kept = free_bytes(small)
        for part in (0.01, 0.5, 1 - PAGE / size):
            ballast = small / "ballast"
            ballast.write_bytes(b"x" * (kept - PAGE * round(part * size / PAGE)))
            # --yes: it is estimated that there will not be room, and tried all the same.
            failed = shop.cli("backup", "files", "--yes", "--json", code=8)
            assert failed.error["code"] == "disk-full"
            assert "x-stackctl.backup.dir" in failed.error["hint"] + failed.error["message"]
            ballast.unlink()
            assert free_bytes(small) == kept, f"the space is given back, at {part:.0%}"
            assert names(str(small / shop.name)) == [first]
        shop.well()
        shop.cli("backup", "files", "-q")
    finally:
        run_in(container(shop.name, "files"), "rm -f /srv/d-big")


# Disks that say they are full only when the data is synced (network file systems, quotas) cannot be had here: the call
# itself fails.
NO_SYNC = """
import os
_sync, _calls = os.fsync, [0]
def fsync(handle):
    path = os.readlink(f"/proc/self/fd/{handle}")
    if ".partial-" in path and os.path.isfile(path):
        raise OSError(28, "No space left on device")
    return _sync(handle)
os.fsync = fsync
"""


def test_6_full_when_it_is_synced(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(NO_SYNC)
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH", ""))))
    failed = shop.cli("backup", "cache", "--json", code=8, env={"PYTHONPATH": path})
    assert failed.error["code"] == "disk-full"
    shop.cli("backup", "cache", "-q")
    shop.well()


SMALL_STORES = """
services:
  db: {image: stackctl/mongodb:local, volumes: [dbdata:/data/db]}
  cache:
    image: stackctl/redis:local
    command: [redis-server, --appendonly, "yes", --save, "", --auto-aof-rewrite-percentage, "0"]
    volumes: [cachedata:/data]
  files: {image: stackctl/tools:local, command: [sleep, infinity], init: true, volumes: [filedata:/srv]}
volumes:
  dbdata: {driver: local, driver_opts: {type: none, o: bind, device: FOLDER/db/data}}
  cachedata: {driver: local, driver_opts: {type: none, o: bind, device: FOLDER/cache/data}}
  filedata: {driver: local, driver_opts: {type: none, o: bind, device: FOLDER/files/data}}
"""


@pytest.fixture
def cramped(project: Callable[..., Cli], tmp_path: Path) -> Iterator[Shop]:
    """The three stores, each on a disk of its own of 24 MiB."""
    disks = [tmp_path / "disks" / name for name in ("db", "cache", "files")]
    for disk in disks:
        disk.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk], check=True)
        (disk / "data").mkdir()
        (disk / "data").chmod(0o777)
    cli = project(compose__yaml=SMALL_STORES.replace("FOLDER", str(tmp_path / "disks")))
    try:
        cli("up", "-q")
        yield Shop(cli)
        docker("compose", "down", "--timeout", "2", "--volumes", cwd=cli.folder)
    finally:
        for disk in disks:
            subprocess.run(["umount", "-l", disk], check=True)


def test_7_a_disk_that_gets_full_under_a_restore(cramped: Shop, tmp_path: Path) -> None:
    """Four megabytes are in the set, and room for one is left: every store gets back what it had."""
    big = "Array.from({length: 40}, (_, k) => ({_id: k, text: require('crypto').randomBytes(50000).toString('hex')}))"
    cramped.mongo(f"db.big.insertMany({big})")
    run_in(container(cramped.name, "files"), "head -c 4000000 /dev/urandom > /srv/d-big")
    fill = "head -c 4000000 /dev/urandom | base64 -w0 | redis-cli -x SET d-big > /dev/null"
    run_in(container(cramped.name, "cache"), fill)
    cramped.cli("backup", "-q")
    before = cramped.put("now")
    for service in ("files", "cache", "db"):
        folder = tmp_path / "disks" / service
        ballast = folder / "ballast"
        left = 1_000_000 + (4 << 20 if service == "db" else 0)  # that much is kept free until it has ended
        ballast.write_bytes(b"x" * max(0, free_bytes(folder) - left))
        try:
            failed = cramped.cli("restore", service, "--yes", "--no-safety-copy", "--json", code=8)
            assert failed.error["code"] == "disk-full", failed
        finally:
            ballast.unlink()
        cramped.old_or_new(before)
        assert not cramped.journal()
    cramped.cli("restore", "--yes", "-q")
    assert cramped.mongo("print(db.big.countDocuments({}))") == "40"
