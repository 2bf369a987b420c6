from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from stackctl.errors import Misuse
from stackctl.lifecycle.restart import restart_in_place
from tests.unit.fakes import FakeEngine
from tests.unit.lifecycle.made import ShopEngine

if TYPE_CHECKING:
    from stackctl.engine.door import Compose
    from tests.unit.lifecycle.made import Shop


class WithProfiles(ShopEngine):
    """Leaves services of profiles out that are not switched on, as Compose does."""

    def _named(self, compose: Compose) -> dict[str, Any]:
        words = compose.args
        on = {word for before, word in itertools.pairwise(words) if before == "--profile"}
        model = super()._named(compose)
        services = {
            name: service
            for name, service in model["services"].items()
            if not service.get("profiles") or "*" in on or on & set(service["profiles"])
        }
        return {**model, "services": services}


@pytest.fixture
def profiled(shop: Shop) -> Shop:
    shop.engine.model["services"]["debug"] = {"image": "acme/extra:1", "profiles": ["tools"], "restart": "always"}
    shop.engine.model["services"]["trace"] = {"image": "acme/extra:1", "profiles": ["obs"], "restart": "always"}
    shop.engine.__class__ = WithProfiles
    return shop


def test_a_service_of_a_profile_that_is_off_is_not_started(profiled: Shop) -> None:
    assert set(profiled.plan().selected) == {"db", "web", "init", "extra"}


def test_naming_a_service_switches_its_profile_on_as_compose_does(profiled: Shop) -> None:
    plan = profiled.plan(services=("debug",))
    assert plan.selected == ("debug",)
    assert plan.scene.target.profiles == ("tools",)
    assert "trace" not in plan.scene.stack.services


def test_leaving_out_a_service_of_a_profile_that_is_off_is_fine(profiled: Shop) -> None:
    assert "debug" not in profiled.plan(without=("debug",)).selected


def test_a_restart_in_place_restarts_what_there_is_and_waits(running: Shop) -> None:
    names = restart_in_place(running.doors.world, running.target, ("web", "extra"), None)
    assert sorted(names) == ["extra", "web"]
    assert running.engine.asked[-1][0] == "restart"
    assert set(running.engine.asked[-1][1:]) == {"web", "extra"}


def test_a_restart_of_nothing_is_misuse(shop: Shop) -> None:
    with pytest.raises(Misuse) as caught:
        restart_in_place(shop.doors.world, shop.target, (), None)
    assert "stackctl up dev" in caught.value.hint


def test_a_restart_of_a_wrong_service_gets_a_guess(running: Shop) -> None:
    with pytest.raises(Misuse, match="wbe"):
        restart_in_place(running.doors.world, running.target, ("wbe",), None)
    assert isinstance(running.engine, FakeEngine)
    assert running.engine.verbs() == []


def test_a_restart_acts_on_the_model_of_the_last_start(running: Shop) -> None:
    running.up(without=("db",))
    restart_in_place(running.doors.world, running.target, ("web",), None)
    assert any(word.endswith("overlay.yml") for word in running.engine.composes[-1].args)
    assert any(word.endswith("dev.env") for word in running.engine.composes[-1].args)
