from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.lifecycle.timeline import MOST, read_timelines, timelines

if TYPE_CHECKING:
    from tests.unit.lifecycle.made import Shop


def test_a_start_is_kept_and_read_back(shop: Shop) -> None:
    shop.up()
    found = timelines(shop.doors.world, shop.target, 5)
    assert found
    assert {span.service for span in found[-1].spans} >= {"db", "web"}


def test_the_history_is_bounded_and_keeps_the_last_starts(shop: Shop) -> None:
    clock = shop.doors.clock
    shop.engine.after_start = lambda item: replace(item, created=clock.now(), started=clock.now())
    origins = []
    for _number in range(MOST + 3):
        origins.append(clock.now())
        shop.up(force_recreate=True)
        clock.sleep(60)
    kept = read_timelines(shop.doors.world, shop.target)
    assert [item.origin for item in kept] == origins[-MOST:]


def test_a_damaged_history_is_no_error(shop: Shop) -> None:
    shop.up()
    path = shop.root / ".stackctl" / shop.target.project / "timeline.json"
    path.write_text("{")
    assert read_timelines(shop.doors.world, shop.target) == []
    assert timelines(shop.doors.world, shop.target, 1)
