"""Rows 1 to 5: a backup or a restore is killed or interrupted, at each phase and at moments of chance.

The rule for every row of this folder: the exit code is not 0 and the reason is said; no listed set is bad; earlier sets
still verify; live data is what it was before or what the set holds, never a mix; services are as they were; the next
run works without a hand.
"""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.engine.cli import docker, ended, eventually, finish
from tests.engine.killing import Killing
from tests.faults.backup.shop import Shop, Turn, names

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("backup-faults")]


def test_1_killed_while_the_dump_runs(shop: Shop, turn: Turn) -> None:
    before = shop.put(f"dump{turn.number}")
    wrote = shop.written()
    with ended(shop.cli.start("backup", "--quiesce")) as process:
        eventually(lambda: shop.helpers() or None, "a helper", patience=120)
        time.sleep(turn.chance.uniform(0, 2))
        process.kill()
        finish(process)
    assert [item["id"] for item in shop.sets()["sets"]] == [shop.base]
    shop.cli("backup", "cache", "-q")
    shop.well()
    assert shop.state() == before
    assert all(now >= then for now, then in zip(shop.written(), wrote, strict=True)), "nothing that was written is lost"


# Before it happens: the first byte of a payload, with services held still; the manifest; the rename that makes the set;
# the end of the journal.
MOMENTS = {
    "the first byte": (r"open \S+\.partial-\S+\.zst ", 1),
    "the last payload": (r"open \S+\.partial-\S+\.zst ", 3),
    "the manifest": (r"open \S+\.partial-\S+/manifest\.json", 1),
    "the publishing rename": (r"os\.rename \S+\.partial-", 1),
    "the end of the journal": (r"os\.remove \S+/backup-journal", 1),
}


@pytest.mark.parametrize(
    "moment",
    [
        "the first byte",
        "the manifest",
        "the publishing rename",
        *(pytest.param(name, marks=pytest.mark.soak) for name in ("the last payload", "the end of the journal")),
    ],
)
def test_2_3_killed_just_before(shop: Shop, tmp_path: Path, moment: str) -> None:
    before = shop.state()
    pattern, at = MOMENTS[moment]
    assert Killing(shop.cli, tmp_path / "hook", (shop.kept,))(at, "backup", "--quiesce", pattern=pattern)
    listed = [item["id"] for item in shop.sets()["sets"] if item["id"] != shop.base]
    assert len(listed) == (moment == "the end of the journal"), "a set is there when it is published and not before"
    shop.cli("up", "-q")
    shop.well()
    assert shop.state() == before


@pytest.mark.soak
@pytest.mark.parametrize("at", range(1, 50))
def test_1_2_3_killed_at_any_change_of_the_disk(shop: Shop, tmp_path: Path, at: int) -> None:
    before = shop.state()
    Killing(shop.cli, tmp_path / "hook", (shop.kept,))(at, "backup", "--quiesce")
    shop.cli("backup", "cache", "-q")
    shop.well()
    assert shop.state() == before


@pytest.mark.parametrize(
    ("words", "phase", "how"),
    [
        (("backup", "--quiesce"), "backup", (signal.SIGINT,)),
        pytest.param(("backup", "--quiesce"), "backup", (signal.SIGINT, signal.SIGINT), marks=pytest.mark.soak),
        pytest.param(("restore", "--yes"), "begun", (signal.SIGTERM,), marks=pytest.mark.soak),
        (("restore", "--yes"), "swap", (signal.SIGTERM, signal.SIGTERM)),
    ],
    ids=["backup-once", "backup-twice", "restore-once", "restore-twice"],
)
def test_4_interrupted(
    shop: Shop, turn: Turn, words: tuple[str, ...], phase: str, how: tuple[signal.Signals, ...]
) -> None:
    before = shop.put(f"int{turn.number}")
    code = shop.hit(phase, turn.chance.uniform(0, 1), *words, how=how)
    once = len(how) == 1
    assert code in ((130, 143, 0) if once else (130, 143, 0, -signal.SIGTERM, -signal.SIGINT)), code
    if once:
        assert shop.helpers() == "", "nothing is left of it"
    shop.cli("up", "-q")
    shop.well()
    shop.old_or_new(before, *([shop.first] if words[0] == "restore" else []))


@pytest.mark.parametrize("phase", [pytest.param("", marks=pytest.mark.soak), "backup", "begun", "swap", "commit"])
def test_5_a_restore_killed_in_each_phase(shop: Shop, turn: Turn, phase: str) -> None:
    before = shop.put(f"{phase or 'any'}{turn.number}")
    code = shop.hit(phase, turn.chance.uniform(0, 12 if phase == "" else 1.5), "restore", shop.base, "--yes")
    assert code in (0, -signal.SIGKILL)
    shop.cli("up", "-q")
    shop.well()
    shop.old_or_new(before, shop.first)
    if code == 0 or phase == "commit":
        assert shop.state() == shop.first, "what had begun to be kept is kept"
        shop.cli("restore", "undo", "--yes", "-q")
        assert shop.state() == before, "and what was there before can still be brought back"


@pytest.mark.soak
@pytest.mark.parametrize("at", range(1, 70))
def test_5_a_restore_killed_at_any_change_of_the_disk(shop: Shop, tmp_path: Path, at: int) -> None:
    before = shop.put(f"at{at}")
    Killing(shop.cli, tmp_path / "hook", (shop.kept,))(at, "restore", shop.base, "--yes")
    shop.cli("up", "-q")
    shop.well()
    shop.old_or_new(before, shop.first)


def test_5_the_helper_that_exchanges_is_killed_in_the_middle(shop: Shop, turn: Turn) -> None:
    """The script that renames collections, not stackctl: its restore must see that and bring everything back."""
    before = shop.put(f"mid{turn.number}")
    with ended(shop.cli.start("restore", shop.base, "db", "--yes", "--json")) as process:
        eventually(lambda: shop.journal().get("phase") == "swap" or None, "the exchange", patience=120)
        eventually(lambda: shop.helpers() or process.poll() is not None or None, "its helper", patience=120)
        time.sleep(turn.chance.uniform(0, 0.6))
        docker("rm", "-f", *shop.helpers().split(), check=False)
        answer = finish(process)
    assert answer.code in (0, 8), answer
    shop.cli("up", "-q")
    shop.well()
    shop.old_or_new(before, (shop.first[0], *before[1:]))
    if "everything is as it was" in answer.text:
        assert shop.state() == before


def test_5_a_container_that_was_removed_after_a_killed_restore(shop: Shop, turn: Turn) -> None:
    """Nobody is there to undo it through: the data is put right before the next start."""
    before = shop.put(f"gone{turn.number}")
    shop.hit("swap", turn.chance.uniform(0, 1), "restore", shop.base, "--yes")
    docker("compose", "down", "--timeout", "2", cwd=shop.cli.folder)
    shop.cli("up", "-q")
    shop.well()
    shop.old_or_new(before, shop.first)


def test_5_a_killed_safety_copy_leaves_nothing_behind(shop: Shop, tmp_path: Path) -> None:
    before = shop.state()
    kill = Killing(shop.cli, tmp_path / "hook", (shop.kept,))
    assert kill(1, "restore", shop.base, "--yes", pattern=MOMENTS["the manifest"][0])
    folder = shop.sets()["folder"]
    assert [name for name in names(folder) if name.startswith(".partial")]
    shop.cli("up", "-q")  # whatever comes next
    assert not [name for name in names(folder) if name.startswith(".partial")]
    shop.well()
    assert shop.state() == before


def test_5_a_killed_copy_can_be_made_again(shop: Shop, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    words = ("backups", "copy", shop.base, "--to", str(other))
    assert Killing(shop.cli, tmp_path / "hook", (other,))(1, *words, pattern="manifest")
    shop.cli(*words)
    assert names(str(other)) == [shop.base]
