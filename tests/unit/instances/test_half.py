"""A fork that was killed: what it has left goes, its source goes on, and somebody else's work is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.backup.journal import Journal, journal_path
from stackctl.engine.values import Volume
from stackctl.instances.half import Half, end_half, end_halves_of, keep_half, read_half
from stackctl.lifecycle.seat import take_seat
from stackctl.workspace.home import FORKING, home, project_home, secrets_dir
from stackctl.workspace.lock import locked
from stackctl.workspace.register import read_register
from stackctl.workspace.target import Wish
from tests.unit.lifecycle.made import Shop, make_shop

SOURCE, COPY = "shop-core-dev", "shop-core-dev-review"


@pytest.fixture
def killed(tmp_path: Path) -> Shop:
    """A fork of dev that was killed while it copied: dev's `db` is paused, and half the copy is there."""
    shop = make_shop(tmp_path)
    shop.up()
    world = shop.doors.world
    shop.wish = Wish(instance="review")
    keep_half(world, COPY, Half(SOURCE, "dev", new_secrets=True))
    take_seat(world, shop.target, forking=True)
    (secrets_dir(shop.doors.shell, COPY)).mkdir(parents=True)
    shop.engine.volume_list = [Volume(f"{COPY}_db-data", "db-data", "local", {})]
    Journal(world, SOURCE, {"operation": "fork"}).write(paused=["db-id"], stopped=[])
    shop.forget_talk()
    return shop


def gone(shop: Shop) -> bool:
    folder = project_home(shop.doors.shell, COPY)
    left = [path.name for path in folder.iterdir() if path.name != "lock"] if folder.exists() else []
    seats = read_register(home(shop.doors.shell), shop.doors.world.files).seats
    return not (left or seats or shop.engine.volume_list)


def woken(shop: Shop) -> bool:
    put_right = "an interrupted fork was put right; 1 containers run again"
    return put_right in shop.doors.heard.notes() and not journal_path(shop.doors.shell, SOURCE).exists()


def test_what_was_asked_for_is_known(killed: Shop) -> None:
    assert read_half(killed.doors.world, COPY) == Half(SOURCE, "dev", new_secrets=True)
    assert read_half(killed.doors.world, SOURCE) is None
    for text in ("{", "[]", "{}"):
        (project_home(killed.doors.shell, COPY) / FORKING).write_text(text)
        assert read_half(killed.doors.world, COPY) == Half("")


def test_the_next_command_takes_it_away_and_the_source_goes_on(killed: Shop) -> None:
    end_half(killed.doors.world, COPY)
    assert gone(killed)
    assert woken(killed)
    assert f"a fork was cut short: the half-made copy {COPY} was removed" in killed.doors.heard.notes()
    end_half(killed.doors.world, COPY)


def test_a_command_on_the_source_takes_it_away_too(killed: Shop) -> None:
    end_halves_of(killed.doors.world, "another")
    assert not gone(killed)
    end_halves_of(killed.doors.world, SOURCE)
    assert gone(killed)


def test_a_copy_that_somebody_works_on_is_left_to_him(killed: Shop) -> None:
    with locked(project_home(killed.doors.shell, COPY) / "lock", "up", 0, killed.doors.clock):
        end_halves_of(killed.doors.world, SOURCE)
    assert read_half(killed.doors.world, COPY)


def test_backups_of_an_earlier_one_of_its_name_stay(killed: Shop) -> None:
    kept = project_home(killed.doors.shell, COPY) / "backups" / "2026"
    kept.mkdir(parents=True)
    end_half(killed.doors.world, COPY)
    assert kept.is_dir()
    (home(killed.doors.shell) / "instances.json").unlink()
    keep_half(killed.doors.world, COPY, Half(SOURCE))
    killed.engine.volume_list = [Volume(f"{COPY}_db-data", "db-data", "local", {})]
    end_half(killed.doors.world, COPY)
    assert kept.is_dir()
    assert killed.engine.volume_list == [], "also where it has no ports yet"
