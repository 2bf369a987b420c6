"""What must hold when a backup or a restore goes wrong, on the real engine with real services.

The rule for every row: the exit code is not 0 and the reason is said; no listed set is bad; earlier sets still verify;
live data is what it was before or what the set holds, never a mix; services are as they were; the next run works
without a hand. Flips, cuts, manifests, keys and retention (rows 13 to 16, 24) are in tests/unit/backup.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stackctl.workspace.clock import SystemClock
from stackctl.workspace.lock import locked
from tests.engine.cli import Cli, container, docker, ended, eventually, finish, run_in, states
from tests.engine.conftest import engine, project  # noqa: F401 - fixtures
from tests.engine.killing import Killing

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("backup-faults")]

COMPOSE = """
services:
  cache:
    image: stackctl/redis:local
    command: [redis-server, --appendonly, "yes"]
    volumes: [cachedata:/data]
  files:
    image: stackctl/tools:local
    command: [sleep, infinity]
    init: true
    volumes: [filedata:/srv]
    healthcheck: {test: [CMD, test, -e, /srv/good], interval: 1s, retries: 2, start_period: 3s}
  app:
    image: stackctl/tools:local
    command: [sleep, infinity]
    init: true
    depends_on: [cache, files]
volumes: {cachedata: , filedata: }
"""
RUNS = {"app": "running", "cache": "running", "files": "running (healthy)"}

# A mongodump that goes wrong in one way. It is put before the real one, which FULL calls.
DUMPS = {
    "fails after bytes": "FULL | head -c 60000; echo 'error reading: connection reset' >&2; exit 1",
    "nothing and content": "exit 0",
    "a prelude only": "FULL > /tmp/all; head -c 700 /tmp/all; exit 0",
    "cut and content": "FULL > /tmp/all; head -c 100000 /tmp/all; exit 0",
    "slow": "FULL > /tmp/all; head -c 50000 /tmp/all; sleep 20; tail -c +50001 /tmp/all",
}


def _names(folder: str) -> list[str]:
    return [path.name for path in Path(folder).iterdir()]


class Data:
    """The two stores of the plain project."""

    def __init__(self, cli: Cli) -> None:
        self.cli = cli
        self.name = cli.folder.name

    def put(self, word: str) -> None:
        script = "redis-cli FLUSHALL; for i in $(seq 300); do echo SET $1-$i $i; done | redis-cli > /dev/null"
        run_in(container(self.name, "cache"), script, word)
        script = "cd /srv && rm -rf d* && mkdir d-$1 && for i in $(seq 40); do echo $1 $i > d-$1/$i; done; touch good"
        run_in(container(self.name, "files"), script, word)

    def state(self) -> tuple[str, str]:
        keys = run_in(container(self.name, "cache"), "redis-cli --raw KEYS '*' | sort | sha256sum; redis-cli DBSIZE")
        listing = "cd /srv && find . | sort && find . -type f -exec sha256sum {} + | sort; stat -c %a:%u ."
        return keys, run_in(container(self.name, "files"), listing)

    def well(self) -> None:
        """The part of the rule that holds for every row."""
        assert eventually(lambda: states(self.name) == RUNS or None, f"all as before: {states(self.name)}")
        sets = self.cli("backups", "--json").data
        assert not [name for name in _names(sets["folder"]) if name.startswith(".partial")]
        assert not [item for item in sets["sets"] if "problem" in item]
        self.cli("backups", "verify", "--all", "-q")
        assert docker("ps", "-aq", "--filter", f"label=stackctl.helper={self.name}") == ""
        assert not (self.cli.home / "projects" / self.name / "backup-journal.json").exists()
        assert run_in(container(self.name, "files"), "ls -A /srv").find(".stackctl") < 0


@pytest.fixture
def data(project: Callable[..., Cli]) -> Data:  # noqa: F811
    cli = project(compose__yaml=COMPOSE)
    docker("compose", "up", "-d", "--no-start", cwd=cli.folder)
    docker("run", "--rm", "-v", f"{cli.folder.name}_filedata:/srv", "stackctl/tools:local", "touch", "/srv/good")
    cli("up", "-q")
    made = Data(cli)
    made.put("first")
    return made


def killing(data: Data, tmp_path: Path) -> Killing:
    return Killing(data.cli, tmp_path / "hook", (data.cli.home / "projects" / data.name,))


POINTS = [3, 9, 14]


@pytest.mark.parametrize("at", [*POINTS, *(pytest.param(at, marks=pytest.mark.soak) for at in range(1, 40))])
def test_1_2_3_a_backup_killed_at_any_change_of_the_disk(data: Data, tmp_path: Path, at: int) -> None:
    data.cli("backup", "-q")
    before = data.state()
    killing(data, tmp_path)(at, "backup", "--quiesce")
    data.cli("backup", "cache", "-q")
    data.well()
    assert data.state() == before


@pytest.mark.parametrize("at", [*POINTS, 20, 24, *(pytest.param(at, marks=pytest.mark.soak) for at in range(1, 60))])
def test_5_a_restore_killed_at_any_change_of_the_disk(data: Data, tmp_path: Path, at: int) -> None:
    data.cli("backup", "-q")
    old = data.state()
    data.put("second")
    now = data.state()
    killed = killing(data, tmp_path)(at, "restore", "latest", "--yes")
    data.cli("backup", "cache", "-q")
    data.well()
    assert data.state() in ((old, now) if killed else (old,))


@pytest.mark.parametrize("seconds", [2.0, 6.0, 9.0, 12.0])
def test_5_a_restore_killed_at_a_moment_of_its_own(data: Data, seconds: float) -> None:
    data.cli("backup", "-q")
    old = data.state()
    data.put("second")
    now = data.state()
    with ended(data.cli.start("restore", "latest", "--yes")) as process:
        time.sleep(seconds)
        process.kill()
    data.cli("up", "-q")
    data.cli("backup", "cache", "-q")  # what was half written of the safety copy goes with the next set
    data.well()
    assert data.state() in (old, now)


def test_4_ctrl_c_leaves_nothing(data: Data) -> None:
    before = data.state()
    with ended(data.cli.start("backup", "--quiesce")) as process:
        eventually(lambda: docker("ps", "-q", "--filter", f"label=stackctl.helper={data.name}") or None, "a helper")
        process.send_signal(signal.SIGINT)
        assert finish(process).code == 130
    data.well()
    assert data.state() == before


def test_6_a_full_disk_gives_its_space_back_and_keeps_the_earlier_sets(data: Data, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small], check=True)
    try:
        data.cli.write(compose__yaml=f"{COMPOSE}\nx-stackctl: {{backup: {{dir: {small}}}}}\n")
        data.cli("backup", "-q")
        run_in(container(data.name, "files"), "head -c 3000000 /dev/urandom > /srv/d-first/big")
        failed = data.cli("backup", "--json", code=8)
        assert failed.error["code"] == "disk-full"
        free = os.statvfs(small)
        assert free.f_bfree > free.f_blocks * 0.8
        data.well()
    finally:
        subprocess.run(["umount", small], check=True)


def test_17_two_at_once(data: Data) -> None:
    with ended(data.cli.start("backup")) as one, ended(data.cli.start("backup")) as two:
        assert (finish(one).code, finish(two).code) == (0, 0), "the second waits for the first"
    data.cli.write(compose__yaml=f"{COMPOSE}\nx-stackctl: {{backup: {{keep: {{last: 1}}}}}}\n")
    with locked(data.cli.home / "projects" / data.name / "lock", "backup", 0, SystemClock()):
        for words in (("backup",), ("restore", "cache", "--yes"), ("backups", "prune", "--yes"), ("restart",)):
            refused = data.cli(*words, "--lock-wait", "0", "--json", code=7)
            assert refused.error["code"] == "busy"
            assert "stackctl backup" in refused.error["message"]
    data.cli("backups", "prune", "--yes")
    assert len(data.cli("backups", "--json").data["sets"]) == 1
    data.well()


def test_20_redis_that_cannot_save(data: Data) -> None:
    # A folder where the file should be: the save cannot be renamed into place.
    run_in(container(data.name, "cache"), "rm -f /data/dump.rdb && mkdir -p /data/dump.rdb/x")
    failed = data.cli("backup", "cache", "--json", code=8)
    assert "could not save" in failed.error["message"]
    run_in(container(data.name, "cache"), "rm -rf /data/dump.rdb")
    data.cli("backup", "cache", "-q")
    data.well()


def test_20_keys_that_end_meanwhile_are_no_difference(data: Data) -> None:
    run_in(container(data.name, "cache"), "redis-cli SET soon 1 PX 4000")
    data.cli("backup", "cache", "-q")
    time.sleep(4)
    data.cli("restore", "cache", "--yes", "-q")
    assert run_in(container(data.name, "cache"), "redis-cli DBSIZE") == "300"


def test_25_a_service_that_does_not_get_well_gets_its_old_data_back(data: Data) -> None:
    run_in(container(data.name, "files"), "rm /srv/good")
    data.cli("backup", "files", "-q")
    data.put("second")
    eventually(lambda: states(data.name) == RUNS or None, "files is healthy again")
    now = data.state()
    failed = data.cli("restore", "files", "--yes", "--json", code=8)
    assert "everything is as it was" in failed.error["message"]
    assert data.state() == now
    data.well()
    assert len(data.cli("backups", "--json").data["sets"]) == 2, "the set and the safety copy are both kept"


# ------------------------------------------------------------------------------------------------- producers that fail


@pytest.fixture
def broken(project: Callable[..., Cli], request: pytest.FixtureRequest) -> Iterator[Cli]:  # noqa: F811
    script = DUMPS[request.param].replace("FULL", '/usr/local/bin/mongodump.real "$@"')
    cli = project(
        Dockerfile=(
            "FROM stackctl/mongodb:local\n"
            "RUN mv /usr/local/bin/mongodump /usr/local/bin/mongodump.real\n"
            "COPY --chmod=755 dump /usr/local/bin/mongodump\n"
        ),
        dump=f"#!/bin/sh\n{script}\n",
        compose__yaml=(
            "services:\n  db:\n    build: .\n    labels: {stackctl.service: mongodb}\n    volumes: [dbdata:/data/db]\n"
            "volumes: {dbdata: }\n"
        ),
    )
    cli("up", "-q")
    many = "Array.from({length: 3000}, (_, k) => ({v: 'x' + k}))"
    fill = f"db = connect('mongodb://127.0.0.1/shop'); db.items.insertMany({many})"
    run_in(container(cli.folder.name, "db"), 'HOME=/tmp mongosh --quiet --nodb --eval "$1"', fill)
    yield cli


PRODUCERS = [name for name in DUMPS if name != "slow"]


@pytest.mark.parametrize("broken", PRODUCERS, indirect=True)
def test_8_9_10_a_dump_that_is_not_whole_makes_no_set(broken: Cli) -> None:
    failed = broken("backup", "--json", code=8)
    assert "no set was made" in failed.error["message"]
    listed = broken("backups", "--json").data
    assert listed["sets"] == []
    assert _names(listed["folder"]) == []


@pytest.mark.parametrize("broken", ["slow"], indirect=True)
def test_11_a_server_that_restarts_meanwhile(broken: Cli) -> None:
    name = broken.folder.name
    with ended(broken.start("backup", "--json")) as process:
        eventually(lambda: docker("ps", "-q", "--filter", f"label=stackctl.helper={name}") or None, "the dump")
        time.sleep(5)
        docker("restart", container(name, "db"))
        answer = finish(process)
    assert answer.code == 8, answer
    assert broken("backups", "--json").data["sets"] == []
    assert docker("ps", "-aq", "--filter", f"label=stackctl.helper={name}") == ""
