"""Which new values would lock somebody out, and which follow from others."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from stackctl.engine.values import Volume
from stackctl.errors import EngineError, Misuse
from stackctl.lifecycle.secret_changes import filled_volumes, recipe_of, to_generate, write_secret
from stackctl.lifecycle.secret_scan import new_scan, reports, scan_running
from stackctl.lifecycle.secret_values import Secrets, secrets_of
from stackctl.secrets.scan import Known
from tests.unit.lifecycle.made import Shop, ShopEngine, make_shop

VOLUME = "shop-core-dev_db-data"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = make_shop(tmp_path)
    shop.engine.volume_list = [Volume(VOLUME, "db-data", "local", {})]
    return shop


def secrets(shop: Shop) -> Secrets:
    return secrets_of(shop.doors.world, shop.target)


def held(shop: Shop) -> list[tuple[str, str, str]]:
    found, _sure = filled_volumes(shop.doors.world, secrets(shop), ["db_password"])
    return [(item.secret, item.service, item.volume) for item in found]


def test_a_service_that_nobody_knows_may_hold_every_secret_that_it_reads(shop: Shop) -> None:
    assert held(shop) == [("db_password", "db", VOLUME)]
    shop.engine.volume_list = []
    assert held(shop) == []


def test_mongodb_holds_the_password_of_its_first_login_and_redis_none(shop: Shop) -> None:
    db = shop.service("db")
    db["image"] = "mongo:8"
    db["volumes"][1]["target"] = "/data/db"
    db["environment"] = {"MONGO_INITDB_ROOT_PASSWORD_FILE": "/run/secrets/db_password"}
    secrets(shop).store.put("db_password", "a-first-password")
    assert held(shop) == [("db_password", "db", VOLUME)]
    db["environment"] = {}
    assert held(shop) == [], "it reads the secret for something else"
    db["image"] = "redis:8"
    db["volumes"][1]["target"] = "/data"
    assert held(shop) == []


class Down(ShopEngine):
    """An engine that has just gone away; the model needs none."""

    def volume_names(self, project: str) -> list[str]:
        raise EngineError("no engine")


def test_while_the_engine_is_down_what_was_recorded_counts(shop: Shop) -> None:
    world = replace(shop.doors.world, engine=Down(shop.engine.model, shop.home))
    assert filled_volumes(world, secrets(shop), ["db_password"]) == ([], False)
    path = shop.secret.parents[1] / "volumes.json"
    path.parent.mkdir(parents=True)
    fill = {"kind": "official", "major": "", "image": "x", "service": "db"}
    path.write_text(json.dumps({"schema": 1, "volumes": {VOLUME: fill}}))
    found, sure = filled_volumes(world, secrets(shop), ["db_password"])
    assert ([item.volume for item in found], sure) == ([VOLUME], False)


def test_what_is_missing_is_made_by_its_recipe_and_a_name_that_is_none_is_refused(shop: Shop) -> None:
    now = secrets(shop)
    wanted = to_generate(now, ())
    assert wanted
    assert all(recipe_of(now, name) == recipe for name, recipe in wanted.items())
    write_secret(shop.doors.world, now, dict.fromkeys(wanted, "a-value-of-mine"))
    assert to_generate(now, ()) == {}
    with pytest.raises(Misuse, match="db_pasword"):
        to_generate(now, ["db_pasword"])


def test_a_running_container_is_searched_and_no_value_is_told(shop: Shop) -> None:
    shop.engine.volume_list = []
    shop.service("web")["environment"] = {"GIVEN": "canary-value-1", "A_TOKEN": "${NOT}"}
    shop.up()
    number = next(item.id for item in shop.engine.there if item.service == "web")
    facts = [{"Config": {"Env": ["X=canary-value-1", "PATH=/bin"], "Cmd": ["run", "--p=canary-value-2"]}}]
    shop.engine.said_by[("inspect", number)] = json.dumps(facts)
    shop.engine.said_by[("logs", number)] = "first\nsaid canary-value-2\nsaid canary-value-2\n"
    known = [Known("a", "canary-value-1", variable=True), Known("b", "canary-value-2")]
    scan = new_scan(shop.doors.world, known)
    scan_running(shop.doors.world, scan, shop.target)
    told = {(item.finding().severity, item.hit.name, item.hit.place, item.count) for item in reports(scan.hits)}
    name = next(item.name for item in shop.engine.there if item.service == "web")
    assert told == {
        ("warning", "a", "configuration services.web.environment.GIVEN", 1),
        ("warning", "a", f"container {name} variable X", 1),
        ("error", "b", f"container {name} Config.Cmd[1]", 1),
        ("error", "b", f"logs of {name}:2:6", 2),
    }
    assert "canary-value" not in repr([item.finding() for item in reports(scan.hits)])
