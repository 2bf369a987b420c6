from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.lifecycle.timeline import MOST, read_timelines, timelines

if TYPE_CHECKING:
    from tests.unit.lifecycle.made import Shop


def test_a_start_is_kept_and_read_back(shop: Shop) -> None:
    shop.up()
    found = timelines(shop.doors.world, shop.target, 5)
    assert found
    assert {span.service for span in found[-1].spans} >= {"db", "web"}


def test_the_history_is_bounded(shop: Shop) -> None:
    for number in range(MOST + 3):
        for item in shop.engine.there:
            shop.engine.there[shop.engine.there.index(item)] = item
        shop.up(force_recreate=True, timeout=60.0 + number)
    assert len(read_timelines(shop.doors.world, shop.target)) <= MOST


def test_a_damaged_history_is_no_error(shop: Shop) -> None:
    shop.up()
    path = shop.root / ".stackctl" / shop.target.project / "timeline.json"
    path.write_text("{")
    assert read_timelines(shop.doors.world, shop.target) == []
    assert timelines(shop.doors.world, shop.target, 1)
