"""Fast probes never recreate a container: what runs keeps its variant, what is created gets the fast one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.cli.start import carry_out
from stackctl.lifecycle.scene import compose_of, with_generated
from stackctl.stack.probe_overlay import parse_probes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.lifecycle.made import Shop


def probes(shop: Shop) -> Path:
    return shop.root / ".stackctl" / shop.target.project / "probes.yml"


def written(shop: Shop) -> set[str]:
    return set(parse_probes(probes(shop).read_text())) if probes(shop).exists() else set()


def ids(shop: Shop) -> set[str]:
    return {item.id for item in shop.engine.there}


def again(shop: Shop, **request: object) -> None:
    carry_out(shop.doors.world, shop.plan(**request), 0.0)


def plain_up(shop: Shop, *, line: bool = False, force: bool = False) -> None:
    """`docker compose up -d` on the user's files alone, or by the line that stackctl prints."""
    target = with_generated(shop.target)
    target = target if line else replace(target, overlays=())
    words = ["--force-recreate"] if force else []
    shop.engine.up(compose_of(shop.doors.world, target), words, lambda _text: None)
    shop.doors.clock.seconds += 60


def test_what_is_created_gets_them(shop: Shop) -> None:
    shop.up()
    assert written(shop) == {"db", "web"}
    assert str(probes(shop)) in shop.engine.composes[-1].args


def test_a_stack_that_compose_started_keeps_its_containers(shop: Shop) -> None:
    shop.up()
    plain_up(shop, force=True)
    before = ids(shop)
    plan = shop.plan()
    assert plan.unchanged
    carry_out(shop.doors.world, plan, 0.0)
    assert ids(shop) == before
    assert written(shop) == set()
    plain_up(shop, line=True)
    assert ids(shop) == before


def test_the_printed_line_keeps_the_containers(shop: Shop) -> None:
    shop.up()
    before = ids(shop)
    plain_up(shop, line=True)
    again(shop)
    assert ids(shop) == before
    assert written(shop) == {"db", "web"}


def test_only_the_removed_service_gets_them_again(shop: Shop) -> None:
    shop.up()
    plain_up(shop, force=True)
    shop.engine.there = [item for item in shop.engine.there if item.service != "web"]
    before = ids(shop)
    again(shop)
    assert before <= ids(shop)
    assert written(shop) == {"web"}


def test_a_lost_overlay_is_written_again(shop: Shop) -> None:
    shop.up()
    before = ids(shop)
    probes(shop).unlink()
    again(shop)
    assert ids(shop) == before
    assert written(shop) == {"db", "web"}


def test_they_can_be_left_out_and_that_recreates_nothing_either(shop: Shop) -> None:
    shop.up(fast_probes=False)
    assert not probes(shop).exists()
    before = ids(shop)
    again(shop)
    assert ids(shop) == before
    shop.engine.there = []
    shop.up()
    before = ids(shop)
    again(shop, fast_probes=False)
    assert ids(shop) == before
    assert written(shop) == {"db", "web"}


def test_an_old_engine_is_started_without(shop: Shop) -> None:
    shop.engine.facts_now = replace(shop.engine.facts_now, api="1.43")
    shop.up()
    assert not probes(shop).exists()


def test_a_changed_definition_recreates_with_them(shop: Shop) -> None:
    shop.up(fast_probes=False)
    shop.service("db")["command"] = ["new"]
    again(shop)
    assert written(shop) == {"db"}
