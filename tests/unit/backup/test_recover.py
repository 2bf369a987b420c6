from __future__ import annotations

from pathlib import Path

from stackctl.backup.journal import Journal, journal_path
from stackctl.backup.recover import recover
from tests.unit.fakes import FakeEngine, doors


def test_half_a_file_of_a_killed_run_goes_with_the_next_command(tmp_path: Path) -> None:
    here = doors(tmp_path, FakeEngine())
    half, other = tmp_path / ".shop.tar.partial", tmp_path / "mine.tar"
    for path, stays in ((half, False), (other, True)):
        path.write_bytes(b"x")
        Journal(here.world, "shop", {}).write(operation="backup", set="", file=str(path))
        recover(here.world, "shop")
        assert path.exists() == stays
        assert not journal_path(here.world.shell, "shop").exists()
    assert any("an interrupted backup was put right" in text for text in here.heard.notes())


def test_a_reset_is_finished_where_the_volumes_had_begun_to_go(tmp_path: Path) -> None:
    here = doors(tmp_path, FakeEngine())
    facts = {"operation": "reset", "containers": ["db-id"], "volumes": ["shop_data"], "stopped": []}
    for phase, says in (("begun", "an interrupted reset was put right"), ("remove", "was finished")):
        Journal(here.world, "shop", {}).write(**facts, phase=phase)
        recover(here.world, "shop")
        assert says in here.heard.notes()[-1]
        assert not journal_path(here.world.shell, "shop").exists()
