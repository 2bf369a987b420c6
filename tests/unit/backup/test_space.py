from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stackctl.backup.manifest import Form
from stackctl.backup.restore_plan import RestoreRequest
from stackctl.backup.space import check_room, expected, shortage
from stackctl.backup.subjects import Item, Store
from stackctl.errors import BackupFailed
from stackctl.services.base import GENERIC
from stackctl.services.saving.registry import saver_for
from tests.unit.backup import made
from tests.unit.backup.test_restore_plan import planned
from tests.unit.fakes import FakeEngine, FakePipe, doors

GIB = 1 << 30


def item(file: str, volume: str) -> Item:
    store = Store("data", volume, "/srv")
    return Item("files", GENERIC, saver_for("volume"), "acme:1", None, store, (), file)


def test_a_set_is_expected_to_be_as_large_as_the_last_one_or_a_share_of_the_volume(tmp_path: Path) -> None:
    place, engine = made.place(tmp_path), FakeEngine()
    last = made.published(place, "2026-01-02T03-04-05-abcd").payloads[0].stored.bytes
    engine.sizes = {"shop_data": GIB, "shop_more": GIB}
    world = doors(tmp_path, engine).world
    known, unknown = item("files.data.tar.zst", "shop_data"), item("files.more.tar.zst", "shop_more")
    assert expected(world, place, [known]) == last
    assert expected(world, place, [known, unknown]) == last + int(GIB * 0.35)


def test_what_does_not_fit_is_said_with_both_figures(tmp_path: Path) -> None:
    here = doors(tmp_path, FakeEngine())
    here.host.free = GIB
    assert shortage(here.world, tmp_path / "not" / "there" / "yet", GIB) == ""
    said = shortage(here.world, tmp_path / "not", 3 * GIB)
    assert "3.2 GB would be needed" in said
    assert "1.1 GB are free" in said
    here.host.free = None
    assert shortage(here.world, tmp_path, 3 * GIB) == "", "nobody can tell"


@pytest.mark.parametrize(
    ("wanted", "free", "replay", "fits"),
    [
        (GIB, GIB, False, True),
        (GIB, GIB - 1, False, False),
        (1000, 0, False, True),
        (GIB, 2 * GIB, True, True),  # the throw-away server that replays has it too
        (GIB, 2 * GIB - 1, True, False),
    ],
)
def test_a_restore_without_room_is_refused_before_it_begins(
    tmp_path: Path, wanted: int, free: int, replay: bool, fits: bool
) -> None:
    plain: dict[str, Any] = {"plain": Form(wanted, "0" * 64)}
    plan = planned(tmp_path, plain, RestoreRequest(), {})
    plan = replace(plan, parts=tuple(replace(part, replay=replay) for part in plan.parts))
    engine = FakeEngine()
    engine.pipes = [FakePipe(f"{free}\n".encode())]
    world = doors(tmp_path, engine).world
    if fits:
        check_room(world, plan)
        return
    with pytest.raises(BackupFailed, match="nothing was touched") as raised:
        check_room(world, plan)
    assert raised.value.code == "disk-full"
