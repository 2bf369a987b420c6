from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from stackctl.errors import EngineError, NotReady, StackctlError, StartError
from stackctl.lifecycle.run_compose import start_error
from tests.unit.fakes import FakeClock

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.workspace.clock import Signal
    from tests.unit.lifecycle.made import Shop


def test_the_first_start_makes_builds_starts_and_remembers(shop: Shop) -> None:
    result = shop.up()
    assert shop.engine.verbs() == ["build web", "up"]
    assert {row.service: row.state for row in result.rows} == {
        "extra": "ready",
        "init": "done",
        "db": "ready",
        "web": "ready",
    }
    assert (result.title, result.project, result.unchanged) == ("core · dev", "shop-core-dev", False)
    web = next(row for row in result.rows if row.service == "web")
    assert web.urls == ("http://127.0.0.1:8080",)
    assert web.did == "rebuilt, its image is not here"
    assert shop.env_file.is_file()
    assert len(shop.secret.read_text()) == 64
    assert shop.plan().unchanged


def test_the_overlay_is_only_there_where_something_is_added(shop: Shop) -> None:
    shop.up()
    assert not list(shop.root.glob(".stackctl/*/overlay.yml"))
    shop.up(without=("db",))
    (overlay,) = shop.root.glob(".stackctl/*/overlay.yml")
    assert "depends_on: !override" in overlay.read_text()
    assert str(overlay) in shop.engine.composes[-1].args
    shop.up()
    assert not overlay.exists()
    assert str(overlay) not in shop.engine.composes[-1].args


def test_what_stackctl_generates_is_kept_from_git(shop: Shop) -> None:
    shop.up(without=("db",))
    assert "*" in (shop.root / ".stackctl" / ".gitignore").read_text().splitlines()


def test_a_part_is_started_by_name(shop: Shop) -> None:
    shop.up(services=("extra",))
    assert shop.engine.verbs() == ["up extra"]
    assert [item.service for item in shop.engine.there] == ["extra"]


def test_compose_gets_the_words_that_were_asked_for_and_never_yes(shop: Shop) -> None:
    shop.up()
    shop.forget_talk()
    shop.up(force_recreate=True, remove_orphans=True, scale={"extra": 2}, pull=True, no_deps=True)
    (words,) = [words for words in shop.engine.asked if words[0] == "up"]
    assert set(words) >= {"--force-recreate", "--remove-orphans", "--no-deps", "extra=2", "always"}
    assert not {"-y", "--yes"} & set(words)


def test_a_changed_secret_recreates_its_service_alone(running: Shop) -> None:
    ids = {item.service: item.id for item in running.engine.there}
    running.secret.write_text("another secret")
    result = running.up()
    assert running.engine.verbs() == ["up --force-recreate db"]
    changed = [item.service for item in running.engine.there if ids[item.service] != item.id]
    assert changed == ["db"]
    did = {row.service: row.did for row in result.rows}
    assert did == {"db": "recreated, secret db_password changed", "web": "kept", "init": "kept", "extra": "kept"}
    assert running.plan().unchanged


def test_a_change_of_the_model_and_of_a_file_are_both_applied(running: Shop) -> None:
    (running.core / "db.conf").write_text("port 2\n")
    running.service("extra")["environment"] = {"A": "2"}
    running.up()
    assert running.engine.verbs() == ["up", "up --force-recreate db"]
    assert running.plan().unchanged


def test_a_changed_source_is_built_before_the_start(running: Shop) -> None:
    (running.core / "app" / "main.py").write_text("print(2)\n")
    result = running.up()
    assert running.engine.verbs() == ["build web", "up"]
    assert next(row.did for row in result.rows if row.service == "web").startswith("rebuilt, main.py changed")
    assert running.plan().unchanged


def test_what_a_build_says_is_kept(shop: Shop) -> None:
    shop.up()
    (log,) = (shop.root / ".stackctl").rglob("*web*.log")
    assert "FROM scratch" in log.read_text()


def test_a_restart_applies_what_is_pending_and_restarts_the_rest(running: Shop) -> None:
    (running.core / "db.conf").write_text("port 2\n")
    running.up(restart=True)
    (restarted,) = [words[1:] for words in running.engine.asked if words[0] == "restart"]
    assert set(restarted) == {"web", "init", "extra"}
    assert "up --force-recreate db" in running.engine.verbs()


def fails(shop: Shop, name: str, **facts: object) -> None:
    def after(started: Container) -> Container:
        return replace(started, **facts) if started.service == name else started  # type: ignore[arg-type]

    shop.engine.after_start = after


def test_a_service_that_fails_is_named_with_the_reason(shop: Shop) -> None:
    fails(shop, "db", state="exited", exit_code=3, health="")
    with pytest.raises(StartError) as caught:
        shop.up()
    assert caught.value.exit_code == 5
    assert (caught.value.code, caught.value.message) == ("crashed", "db crashed with exit code 3")
    assert "logs" in caught.value.hint
    assert shop.engine.there != []  # they stay as they are


def test_after_a_failed_start_nothing_counts_as_applied(shop: Shop) -> None:
    fails(shop, "db", health="unhealthy")
    with pytest.raises(StartError):
        shop.up()
    assert not shop.plan().unchanged


def test_a_service_that_is_never_ready_ends_with_the_deadline(shop: Shop) -> None:
    fails(shop, "web", health="starting")
    with pytest.raises(NotReady) as caught:
        shop.up(timeout=5.0)
    assert caught.value.exit_code == 6
    assert caught.value.message == "not ready in time: web"
    assert 5 <= shop.doors.clock.seconds < 6


def test_compose_that_fails_says_why(shop: Shop) -> None:
    shop.engine.up_code = 1
    shop.engine.up_says = [
        " Container shop-db-1  Starting\n",
        "Error response from daemon: driver failed programming external connectivity: port is already allocated\n",
    ]
    with pytest.raises(StartError, match="port is already allocated"):
        shop.up()


def test_an_engine_that_goes_away_in_the_middle_is_no_service_that_failed() -> None:
    said = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
    assert isinstance(start_error(said), EngineError)
    assert "no reason given" in start_error("").message


def test_an_interruption_ends_compose_and_leaves_the_containers(shop: Shop) -> None:
    fails(shop, "web", health="starting")

    class Impatient(FakeClock):
        def wait(self, signal: Signal, seconds: float) -> None:
            raise KeyboardInterrupt

    shop.doors.world = replace(shop.doors.world, clock=Impatient())
    with pytest.raises(KeyboardInterrupt):
        shop.up()
    assert {item.service for item in shop.engine.there} == {"db", "web", "init", "extra"}
    assert not [verb for verb in shop.engine.verbs() if verb.startswith(("down", "remove"))]


def test_a_start_tells_what_happens(shop: Shop) -> None:
    shop.up()
    assert shop.doors.heard.about("db")[-1] == "ready healthy"
    assert shop.doors.heard.about("init")[-1] == "done done"
    assert any("building" in event.text for event in shop.doors.heard.events)


def test_containers_that_were_kept_are_not_told_about(running: Shop) -> None:
    running.service("extra")["environment"] = {"A": "2"}
    running.up()
    told = {event.subject for event in running.doors.heard.events if event.kind == "service"}
    assert told <= {"extra", "web", "db", "init"}
    assert running.doors.heard.about("extra")[-1] == "ready running"


def test_no_secret_is_told_or_written_into_the_workspace(shop: Shop) -> None:
    result = shop.up(without=("extra",))
    value = shop.secret.read_text()
    assert value not in repr(result)
    assert value not in repr(shop.doors.heard.events)
    assert value not in repr(shop.engine.asked)
    assert value not in repr([compose.args for compose in shop.engine.composes])
    for path in shop.root.rglob("*"):
        assert not path.is_file() or value.encode() not in path.read_bytes(), path
    record = shop.home / "projects" / "shop-core-dev" / "applied.json"
    assert value not in record.read_text()


def test_what_a_failed_start_gave_its_containers_is_known_to_the_next(running: Shop) -> None:
    first = running.secret.read_text()
    running.secret.write_text("a-wrong-password")
    running.engine.after_start = lambda made: replace(made, health="unhealthy") if made.service == "db" else made
    with pytest.raises(StackctlError):
        running.up(timeout=5.0)
    running.engine.after_start = lambda made: made
    running.secret.write_text(first)
    assert running.plan().touched == {"db": "secret db_password changed"}
    running.up()
    assert running.plan().unchanged
    assert "pending" not in json.loads((running.secret.parents[1] / "applied.json").read_text())


def test_a_start_that_changed_no_container_changes_no_record(running: Shop) -> None:
    first = running.secret.read_text()
    running.secret.write_text("a-wrong-password")
    running.engine.up_code = 1
    with pytest.raises(StackctlError):
        running.up()
    running.engine.up_code = 0
    assert running.plan().touched == {"db": "secret db_password changed"}
    running.secret.write_text(first)
    assert running.plan().unchanged
