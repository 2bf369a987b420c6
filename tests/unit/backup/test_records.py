from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from stackctl.backup.journal import Journal, read_journal
from stackctl.backup.records import Record, add_record, read_records, record_from
from tests.unit.fakes import FakeEngine, doors

ONE = Record("2026-01-02T03:04:05+00:00", "2026-01-01T00-00-00-abcd", ("db",), "2026-01-02T03-04-00-abcd")


def test_a_restore_that_was_finished_twice_is_remembered_once(tmp_path: Path) -> None:
    world = doors(tmp_path, FakeEngine()).world
    journal = Journal(world, "shop", {"record": asdict(ONE)})
    journal.write(phase="commit")
    read = read_journal(world, "shop")
    assert read is not None
    for _time in range(2):
        add_record(world, "shop", record_from(read.facts["record"]))
    assert read_records(world, "shop") == [ONE]


def test_a_journal_says_whether_somebody_is_held_still(tmp_path: Path) -> None:
    journal = Journal(doors(tmp_path, FakeEngine()).world, "shop", {})
    journal.write(operation="backup", stopped=["a"], paused=[])
    assert journal.holds
    journal.write(stopped=[], paused=[])
    assert not journal.holds
