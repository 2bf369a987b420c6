"""A volume keeps the password that it was made with: what `up` says, what it remembers, and what it lets through."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from stackctl.engine.values import Volume
from stackctl.errors import ConfigError, Refused, StackctlError
from stackctl.lifecycle.credentials import record_known
from stackctl.lifecycle.state import forget
from tests.unit.fakes import image
from tests.unit.lifecycle.made import Shop, make_shop

if TYPE_CHECKING:
    from pathlib import Path

VOLUME = "shop-core-dev_db-data"


@pytest.fixture
def store(tmp_path: Path) -> Shop:
    """Give a shop whose `db` is a MongoDB that has been started once."""
    shop = make_shop(tmp_path)
    db = shop.service("db")
    db["image"] = "mongo:8"
    db["environment"] = {
        "MONGO_INITDB_ROOT_USERNAME": "root",
        "MONGO_INITDB_ROOT_PASSWORD_FILE": "/run/secrets/db_password",
    }
    db["volumes"][1]["target"] = "/data/db"
    shop.engine.local["mongo:8"] = image("mongo:8")
    fill(shop, VOLUME)
    shop.secret.parent.mkdir(parents=True, mode=0o700)
    for folder in (shop.home, shop.home / "projects", shop.secret.parents[1], shop.secret.parent):
        folder.chmod(0o700)
    shop.secret.write_text("the-first-password")
    shop.up()
    return shop


def fill(shop: Shop, volume: str, at: str = "2026-01-02T03:04:05Z") -> None:
    shop.engine.volume_list = [Volume(volume, "db-data", "local", {})]
    shop.engine.made_at[volume] = at


def record(shop: Shop) -> Path:
    return shop.home / "projects" / "shop-core-dev" / "credentials.json"


def choices(error: Refused) -> list[list[str]]:
    rows = error.data["credentials"]
    assert isinstance(rows, list)
    return [choice["commands"] for choice in rows[0]["choices"]]


def test_the_first_healthy_start_keeps_digests_and_no_values(store: Shop) -> None:
    text = record(store).read_text()
    kept = json.loads(text)["volumes"][VOLUME]
    assert set(kept["values"]) == {"MONGO_INITDB_ROOT_USERNAME", "MONGO_INITDB_ROOT_PASSWORD"}
    assert kept["created"] == "2026-01-02T03:04:05Z"
    assert "the-first-password" not in text
    assert "root" not in text.replace("ROOT", "")
    assert record(store).stat().st_mode & 0o777 == 0o600


def test_another_password_is_refused_before_anything_is_started(store: Shop) -> None:
    store.forget_talk()
    store.secret.write_text("another-password")
    with pytest.raises(Refused) as caught:
        store.plan()
    error = caught.value
    assert (error.exit_code, error.code) == (7, "credentials-changed")
    assert VOLUME in error.message
    assert "MONGO_INITDB_ROOT_PASSWORD (the secret db_password)" in error.message
    assert "USERNAME" not in error.message
    assert "another-password" not in str(error.findings)
    assert store.engine.verbs() == []


def test_the_three_choices_are_commands(store: Shop) -> None:
    store.secret.write_text("another-password")
    with pytest.raises(Refused) as caught:
        store.plan()
    old, change, fresh = choices(caught.value)
    assert old == ["stackctl secrets set db_password -e dev", "stackctl up dev"]
    assert change[0].startswith("docker exec -it shop-core-dev-db-1 mongosh admin -u root -p")
    assert change[-1] == "stackctl up dev --accept-credentials"
    assert fresh == [
        "stackctl compose dev -- rm --stop --force db",
        f"docker volume rm {VOLUME}",
        "stackctl up dev",
    ]
    assert [finding.hint for finding in caught.value.findings if finding.code == "choice"] == [
        " && ".join(words) for words in (old, change, fresh)
    ]


def test_a_stopped_service_is_started_past_the_guard_before_it_is_changed(store: Shop) -> None:
    store.secret.write_text("another-password")
    store.engine.there = []
    with pytest.raises(Refused) as caught:
        store.plan()
    assert choices(caught.value)[1][0] == "stackctl compose dev -- up -d --no-deps db"


def test_the_old_value_is_let_through_and_a_line_end_is_no_change(store: Shop) -> None:
    store.secret.write_text("another-password")
    with pytest.raises(Refused):
        store.plan()
    store.secret.write_text("the-first-password\n")
    store.up()
    store.secret.write_text("the-first-password")
    assert store.plan().touched == {"db": "secret db_password changed"}


def test_who_says_that_the_new_value_is_right_is_believed_and_it_is_kept(store: Shop) -> None:
    store.secret.write_text("another-password")
    store.up(accept_credentials=True)
    assert store.plan().unchanged
    store.secret.write_text("the-first-password")
    with pytest.raises(Refused):
        store.plan()


def test_a_login_that_was_set_in_the_data_is_the_right_one_from_then_on(store: Shop) -> None:
    scene = store.plan().scene
    store.secret.write_text("another-password")
    user = {"MONGO_INITDB_ROOT_USERNAME": "root"}
    record_known(store.doors.world, scene, {"db": {**user, "MONGO_INITDB_ROOT_PASSWORD": "a third one"}})
    with pytest.raises(Refused):  # its container has another value than the model would give it by now
        store.plan()
    record_known(store.doors.world, scene, {"db": {**user, "MONGO_INITDB_ROOT_PASSWORD": "another-password"}})
    assert store.plan().touched == {"db": "secret db_password changed"}
    record(store).unlink()
    record_known(store.doors.world, scene, {"db": {"MONGO_INITDB_ROOT_PASSWORD": "another-password"}})
    assert not record(store).exists(), "the next start makes it"


def test_a_start_that_fails_keeps_the_old_record(store: Shop) -> None:
    before = record(store).read_bytes()
    store.secret.write_text("another-password")
    store.engine.up_code = 1
    with pytest.raises(StackctlError):
        store.up(accept_credentials=True)
    assert record(store).read_bytes() == before


def test_a_new_volume_of_the_same_name_takes_any_password(store: Shop) -> None:
    fill(store, VOLUME, "2026-02-02T00:00:00Z")
    store.secret.write_text("another-password")
    store.up()
    kept = json.loads(record(store).read_text())["volumes"][VOLUME]
    assert kept["created"] == "2026-02-02T00:00:00Z"
    store.secret.write_text("the-first-password")
    with pytest.raises(Refused):
        store.plan()


def test_another_user_name_is_another_login(store: Shop) -> None:
    store.service("db")["environment"]["MONGO_INITDB_ROOT_USERNAME"] = "boss"
    with pytest.raises(Refused, match="another MONGO_INITDB_ROOT_USERNAME than"):
        store.plan()


def test_a_password_in_the_environment_counts_too(store: Shop) -> None:
    environment = store.service("db")["environment"]
    del environment["MONGO_INITDB_ROOT_PASSWORD_FILE"]
    environment["MONGO_INITDB_ROOT_PASSWORD"] = "the-first-password"
    assert store.plan().recreates
    environment["MONGO_INITDB_ROOT_PASSWORD"] = "pa$$$$word"
    with pytest.raises(Refused) as caught:
        store.plan()
    old, change, _fresh = choices(caught.value)
    assert old == ["stackctl up dev"]
    assert "pa$" not in str(change)


def test_the_database_itself_is_asked_about_where_only_its_client_starts(store: Shop) -> None:
    store.service("web")["secrets"] = [{"source": "db_password"}]
    store.up()
    store.secret.write_text("another-password")
    with pytest.raises(Refused, match="db: the volume"):
        store.plan(services=("web",), no_deps=True)


def test_without_its_key_a_record_says_nothing(store: Shop) -> None:
    (store.home / "digest.key").unlink()
    store.secret.write_text("another-password")
    store.plan()


def test_a_damaged_record_is_no_open_gate(store: Shop) -> None:
    record(store).write_text("{")
    store.secret.write_text("another-password")
    with pytest.raises(ConfigError, match="damaged") as caught:
        store.plan()
    assert caught.value.code == "volume-facts-damaged"


def test_the_record_goes_with_the_volumes(store: Shop) -> None:
    forget(store.doors.world, "shop-core-dev")
    assert not record(store).exists()


def test_a_service_that_reads_its_password_at_every_start_is_let_through(running: Shop) -> None:
    db = running.service("db")
    db["image"] = "redis:8"
    db["volumes"][1]["target"] = "/data"
    running.engine.local["redis:8"] = image("redis:8")
    fill(running, VOLUME)
    running.up()
    running.secret.write_text("another-password")
    assert running.plan().touched == {"db": "secret db_password changed"}


class TestNewSecrets:
    """The gate: no new secret beside a volume that holds data."""

    def test_it_is_refused_with_three_choices(self, store: Shop) -> None:
        store.secret.unlink()
        store.forget_talk()
        with pytest.raises(Refused) as caught:
            store.plan()
        assert caught.value.code == "credentials-lost"
        old, new, fresh = choices(caught.value)
        assert old == ["stackctl secrets set db_password -e dev", "stackctl up dev"]
        assert new[0] == "stackctl secrets generate db_password -e dev --yes"
        assert "mongosh" in new[1]
        assert fresh[1] == f"docker volume rm {VOLUME}"
        assert not store.secret.exists()
        assert store.engine.verbs() == []

    def test_a_service_that_nobody_knows_may_keep_it_in_any_volume(self, running: Shop) -> None:
        fill(running, VOLUME)
        running.secret.unlink()
        with pytest.raises(Refused, match=f"the volume {VOLUME} of db"):
            running.plan()

    def test_an_external_volume_counts(self, running: Shop) -> None:
        running.engine.model["volumes"] = {"db-data": {"name": "shared", "external": True}}
        running.secret.unlink()
        with pytest.raises(Refused, match="the volume shared of db"):
            running.plan()

    def test_redis_may_have_a_new_one_at_any_time(self, running: Shop) -> None:
        db = running.service("db")
        db["image"] = "redis:8"
        db["volumes"][1]["target"] = "/data"
        fill(running, VOLUME)
        running.secret.unlink()
        with pytest.raises(Refused) as caught:
            running.plan()
        assert choices(caught.value)[1] == ["stackctl secrets generate db_password -e dev", "stackctl up dev"]

    def test_without_a_volume_it_is_made(self, store: Shop) -> None:
        store.engine.volume_list = []
        store.secret.unlink()
        assert store.plan().env.generated == {"db_password"}
