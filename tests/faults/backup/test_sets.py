"""Rows 13 to 20, 24 and 25: damaged sets and keys, two at once, locks, retention, and data that does not fit."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from stackctl.workspace.clock import SystemClock
from stackctl.workspace.lock import locked
from tests.engine.cli import container, docker, ended, eventually, finish, run_in, states
from tests.faults.backup.shop import COMPOSE, RUNS, Shop, Turn

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("backup-faults")]

FILES = ["cache.rdb.zst", "db.archive.zst", "files.filedata.tar.zst"]


@pytest.fixture
def spoilt(shop: Shop) -> Path:
    """The base set, to be damaged: the next test gets it whole again."""
    for path in (shop.kept / "backups" / shop.base).iterdir():
        path.chmod(0o600)
    return shop.kept / "backups" / shop.base


def refused(shop: Shop, name: str) -> None:
    """Check and restore both refuse, before live data is touched."""
    bad = shop.cli("backups", "verify", shop.base, "--json", code=9)
    assert name in bad.error["message"], bad
    failed = shop.cli("restore", shop.base, "--yes", "--json", code=8)
    assert name in failed.error["message"], failed
    assert states(shop.name) == RUNS


@pytest.mark.parametrize("name", FILES)
def test_13_14_a_flipped_bit_and_a_cut_file(shop: Shop, spoilt: Path, turn: Turn, name: str) -> None:
    before = shop.state()
    path = spoilt / name
    whole = path.read_bytes()
    chance = turn.chance
    flipped = bytearray(whole)
    flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
    path.write_bytes(flipped)
    refused(shop, name)
    for cut in (len(whole) - 1, chance.randrange(1, len(whole)), 0):
        path.write_bytes(whole[:cut])
        bad = shop.cli("backups", "verify", shop.base, "--json", code=9)
        assert name in bad.error["message"], bad
    path.unlink()
    refused(shop, name)
    assert shop.state() == before


def test_15_manifests_that_are_not_the_set_s(shop: Shop, spoilt: Path) -> None:
    path = spoilt / "manifest.json"
    whole = path.read_text()
    raw = json.loads(whole)
    other = {**raw, "id": "2020-01-01T00-00-00-abcd"}
    for text, says in (
        (json.dumps({**raw, "project": "other"}), "was changed"),
        (json.dumps({**raw, "schema": 99}), "format 99"),
        (json.dumps(other), "was changed"),
        (whole[: len(whole) // 2], "cannot be read"),
        ("", "cannot be read"),
    ):
        path.write_text(text)
        failed = shop.cli("restore", shop.base, "--yes", "--json", code=8)
        assert says in failed.error["message"]
    path.unlink()
    failed = shop.cli("restore", shop.base, "--yes", "--json", code=8)
    assert "has no manifest" in failed.error["message"]
    (listed,) = shop.sets()["sets"]
    assert listed["problem"]
    assert states(shop.name) == RUNS


def test_16_a_wrong_and_a_missing_key(shop: Shop, tmp_path: Path) -> None:
    from stackctl.secrets.age import new_identity

    (secret, public), (wrong, _public) = new_identity(), new_identity()
    for name, key in (("right", secret), ("wrong", wrong)):
        (tmp_path / name).write_text(key)
        (tmp_path / name).chmod(0o600)
    saved = shop.put("saved")
    made = shop.cli("backup", "cache", "-r", public, "--json").data["id"]
    before = shop.put("keys")
    for words, code in (((), "no-key"), (("-i", str(tmp_path / "wrong")), "wrong-key")):
        failed = shop.cli("restore", made, "cache", *words, "--yes", "--json", code=8)
        assert failed.error["code"] == code
        assert states(shop.name) == RUNS
    assert shop.state() == before
    shop.cli("restore", made, "cache", "-i", str(tmp_path / "right"), "--yes", "-q")
    now = shop.state()
    assert (now[0], now[2]) == (before[0], before[2])
    assert now[1] == saved[1]
    shop.pruned()  # nobody has the key for the check of all sets
    shop.well()


def test_17_two_at_once(shop: Shop) -> None:
    with ended(shop.cli.start("backup", "cache")) as one, ended(shop.cli.start("backup", "files")) as two:
        assert (finish(one).code, finish(two).code) == (0, 0), "the second waits for the first"
    shop.cli.write(compose__yaml=f"{COMPOSE}\nx-stackctl: {{backup: {{keep: {{last: 1}}}}}}\n")
    with locked(shop.kept / "lock", "backup", 0, SystemClock()):
        for words in (("backup",), ("restore", "cache", "--yes"), ("backups", "prune", "--yes"), ("restart",)):
            busy = shop.cli(*words, "--lock-wait", "0", "--json", code=7)
            assert busy.error["code"] == "busy"
            assert "stackctl backup" in busy.error["message"]
    with ended(shop.cli.start("restore", shop.base, "cache", "--yes")) as one:
        eventually(lambda: shop.journal() or None, "the restore", patience=120)
        pruned = shop.cli("backups", "prune", "--yes")
        assert finish(one).code == 0, pruned
    shop.well()


def test_18_a_lock_that_nobody_holds_is_taken_over(shop: Shop) -> None:
    """The kernel holds the lock, the text only says for whom: a dead owner, a reused number, another host is nobody."""
    for owner in ('{"pid": 1, "purpose": "backup"}', '{"pid": 999999, "host": "elsewhere"}', "{"):
        (shop.kept / "lock").write_text(owner)
        shop.cli("backup", "cache", "-q", "--lock-wait", "0")
    shop.well()


def test_19_what_is_written_while_the_dump_runs(shop: Shop) -> None:
    before = shop.written()
    made = shop.cli("backup", "--json").data
    after = shop.written()
    counts = {item["service"]: item["counts"] for item in made["payloads"]}
    assert before[0] <= counts["db"]["live.ticks"] <= after[0]
    shop.cli("backups", "verify", "--level", "restore", made["id"], "-q")
    shop.well()


def test_20_redis_that_cannot_save(shop: Shop) -> None:
    # A folder where the file should be: the save cannot be renamed into place.
    run_in(container(shop.name, "cache"), "rm -f /data/dump.rdb && mkdir -p /data/dump.rdb/x")
    failed = shop.cli("backup", "cache", "--json", code=8)
    assert "could not save" in failed.error["message"]
    run_in(container(shop.name, "cache"), "rm -rf /data/dump.rdb")
    shop.cli("backup", "cache", "-q")
    shop.well()


def test_20_keys_that_end_meanwhile_are_no_difference(shop: Shop) -> None:
    before = shop.put("ends")
    run_in(container(shop.name, "cache"), "redis-cli SET soon 1 PX 4000")
    made = shop.cli("backup", "cache", "--json").data["id"]
    time.sleep(4)
    shop.cli("restore", made, "cache", "--yes", "-q")
    assert shop.state() == before
    cache = container(shop.name, "cache")
    docker("restart", cache)
    eventually(lambda: "PONG" in run_in(cache, "redis-cli ping 2>&1 || true") or None, "an answer of Redis")
    assert shop.state() == before, "the log that it reads at a start is the restored one"


def test_24_retention_after_failures(shop: Shop) -> None:
    shop.cli.write(compose__yaml=f"{COMPOSE}\nx-stackctl: {{backup: {{keep: {{last: 1}}}}}}\n")
    folder = Path(shop.sets()["folder"])
    made = shop.cli("backup", "files", "--json").data["id"]
    notes = folder / made / "notes.json"
    notes.write_text(notes.read_text().replace('"ok": true', '"ok": false'))
    run_in(container(shop.name, "cache"), "rm -f /data/dump.rdb && mkdir -p /data/dump.rdb/x")
    shop.cli("backup", "cache", "--json", code=8)
    run_in(container(shop.name, "cache"), "rm -rf /data/dump.rdb")
    kept = [item["id"] for item in shop.sets()["sets"]]
    pruned = shop.cli("backups", "prune", "--yes", "--json", code=None)
    assert pruned.code in (0, 7)
    assert [item["id"] for item in shop.sets()["sets"]] == kept, "a failed one counts for nothing"
    newer = shop.cli("backup", "files", "--json").data["id"]
    shop.cli("backups", "prune", "--yes", "-q")
    left = [item["id"] for item in shop.sets()["sets"]]
    assert newer in left
    assert shop.base not in left, "now there is a newer one that passed"


def test_25_a_service_that_does_not_get_well_gets_its_old_data_back(shop: Shop) -> None:
    before = shop.put("well")
    run_in(container(shop.name, "files"), "rm /srv/good")
    bad = shop.cli("backup", "files", "--json").data["id"]
    run_in(container(shop.name, "files"), "touch /srv/good")
    eventually(lambda: states(shop.name) == RUNS or None, "files is healthy again")
    failed = shop.cli("restore", bad, "files", "--yes", "--json", code=8)
    assert "everything is as it was" in failed.error["message"]
    assert shop.state() == before
    safety = [item for item in shop.sets()["sets"] if item["purpose"] == "safety"]
    assert bad in [item["id"] for item in shop.sets()["sets"]]
    assert len(safety) == 1, "the set and the safety copy are both kept"
    shop.well()
