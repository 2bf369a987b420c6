"""The ledger of an environment whose containers run with older values."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from stackctl.errors import EngineError
from stackctl.lifecycle.drift import Drift, drift_of
from tests.unit.fakes import START, FakeHost, image, snapshot
from tests.unit.lifecycle.made import Shop, make_shop

if TYPE_CHECKING:
    from pathlib import Path

    from stackctl.doctor.host import FileFacts
    from stackctl.env.ledger import Row

COMPOSE = """\
services:
  web:
    image: x
    environment: {PORT_IN: "${WEB_PORT}"}
    command: serve ${WORD:-one}
"""


def teach(shop: Shop) -> None:
    """Let the engine say what Compose would say of the env file."""
    values = dict(line.split("=", 1) for line in shop.env_file.read_text().splitlines() if "=" in line[1:])
    web = shop.service("web")
    web["environment"] = {"PORT_IN": values["WEB_PORT"]}
    web["command"] = ["serve", values.get("WORD", "one")]


@pytest.fixture
def started(tmp_path: Path) -> Shop:
    shop = make_shop(tmp_path)
    (shop.core / "base.yml").write_text(COMPOSE)
    shop.service("web")["environment"] = {"PORT_IN": "8080"}
    shop.service("web")["command"] = ["serve", "one"]

    def start(made: object) -> object:
        environment = shop.service(made.service).get("environment", {})  # type: ignore[attr-defined]
        return replace(made, environment={"PATH": "/bin", **environment})  # type: ignore[type-var]

    shop.engine.after_start = start  # type: ignore[assignment]
    shop.up()
    for item in shop.engine.there:
        shop.engine.local[item.image_id] = image(item.image_id, environment={"PATH": "/bin"})
    shop.forget_talk()
    return shop


def drift(shop: Shop) -> Drift:
    return drift_of(shop.doors.world, shop.target)


def row(found: Drift, name: str) -> Row:
    (one,) = [item for item in found.ledger.rows if item.name == name]
    return one


def edit(shop: Shop, old: str, new: str) -> None:
    text = shop.env_file.read_text()
    assert old in text
    shop.env_file.write_text(text.replace(old, new))
    teach(shop)


def test_a_fresh_start_drifts_nowhere(started: Shop) -> None:
    found = drift(started)
    assert not found.ledger.drifts
    assert found.ledger.recreate == {}
    assert {part.state for item in found.ledger.rows for part in item.parts} == {"same"}


def test_looking_changes_nothing(started: Shop) -> None:
    before = snapshot(started.root.parents[1])
    drift(started)
    assert snapshot(started.root.parents[1]) == before
    assert started.engine.verbs() == []


def test_an_edited_variable_is_followed_to_the_container(started: Shop) -> None:
    edit(started, "WEB_PORT=8080", "WEB_PORT=9090")
    found = drift(started)
    one = row(found, "WEB_PORT")
    (part,) = one.parts
    assert (part.service, part.variable, part.state) == ("web", "PORT_IN", "changed")
    assert one.template == part.running, "the template's value still runs"
    assert one.file == one.passed == part.passed != part.running
    assert found.ledger.recreate == {"web": ("WEB_PORT changed",)}


def test_up_names_the_same_variable(started: Shop) -> None:
    edit(started, "WEB_PORT=8080", "WEB_PORT=9090")
    assert started.plan().recreates == {"web": "WEB_PORT changed"}
    started.up()
    assert not drift(started).ledger.drifts


def test_no_value_is_in_the_ledger(started: Shop) -> None:
    edit(started, "WEB_PORT=8080", "WEB_PORT=sesame-open")
    text = repr(drift(started)) + str([item.as_dict() for item in drift(started).ledger.rows])
    assert "sesame" not in text
    assert started.secret.read_text() not in text


def test_what_feeds_an_argument_is_compared_with_the_record(started: Shop) -> None:
    started.env_file.write_text(started.env_file.read_text() + "WORD=two\n")
    teach(started)
    found = drift(started)
    (part,) = row(found, "WORD").parts
    assert (part.variable, part.state) == ("", "changed")
    assert found.ledger.recreate == {"web": ("WORD changed",)}
    assert started.plan().recreates == {"web": "WORD changed"}


def test_without_a_record_it_is_unknown_and_the_definition_is_the_reason(started: Shop) -> None:
    (started.secret.parents[1] / "applied.json").unlink()
    assert row(drift(started), "WORD").state == "same"
    started.env_file.write_text(started.env_file.read_text() + "WORD=two\n")
    teach(started)
    found = drift(started)
    assert row(found, "WORD").state == "unknown"
    assert found.ledger.recreate["web"] == ("its definition changed",)


def test_a_changed_secret_is_seen_by_its_digest(started: Shop) -> None:
    started.secret.write_text("another-value-for-a-test")
    found = drift(started)
    one = row(found, "db_password")
    assert (one.kind, one.state) == ("secret", "changed")
    assert found.ledger.recreate == {"db": ("secret db_password changed",)}
    assert started.plan().touched == {"db": "secret db_password changed"}


class DatedHost(FakeHost):
    """Says of every file that it was written at one time."""

    def file(self, path: Path) -> FileFacts | None:
        facts = super().file(path)
        return replace(facts, written=START + timedelta(seconds=self.seconds)) if facts else None

    seconds = 0


@pytest.mark.parametrize(("seconds", "state"), [(3600, "newer"), (-3600, "same")])
def test_of_a_container_that_somebody_else_made_the_age_of_the_file_is_known(
    started: Shop, seconds: int, state: str
) -> None:
    (started.secret.parents[1] / "applied.json").unlink()
    host = DatedHost()
    host.seconds = seconds
    world = replace(started.doors.world, host=host)
    found = drift_of(world, started.target)
    assert row(found, "db_password").state == state
    assert found.ledger.recreate == ({"db": ("secret db_password is newer",)} if state == "newer" else {})


def test_a_secret_from_a_variable_counts_too(started: Shop) -> None:
    engine = started.engine
    engine.model["secrets"] = {"db_password": {"name": "db_password", "environment": "TOKEN_FOR_DB"}}
    started.doors.shell["TOKEN_FOR_DB"] = "first"
    started.up(force_recreate=True)
    assert not drift(started).ledger.recreate
    started.doors.shell["TOKEN_FOR_DB"] = "second"
    assert drift(started).ledger.recreate == {"db": ("secret db_password changed",)}
    assert started.plan().touched == {"db": "secret db_password changed"}


def test_what_the_template_gained_is_not_in_the_file_yet(started: Shop) -> None:
    template = started.root / "env" / "core" / "dev.env.template"
    template.write_text(template.read_text() + "\n# More.\nMORE=1\n")
    found = drift(started)
    assert row(found, "MORE").stale
    assert found.ledger.drifts
    assert found.ledger.recreate == {}


def test_what_only_a_container_has_is_told(started: Shop) -> None:
    started.engine.there = [
        replace(item, environment={**item.environment, "OLD_MODE": "1"}) if item.service == "extra" else item
        for item in started.engine.there
    ]
    found = drift(started)
    assert (row(found, "OLD_MODE").kind, row(found, "OLD_MODE").state) == ("container", "removed")
    assert found.ledger.recreate == {"extra": ("OLD_MODE removed",)}


def test_the_shell_over_the_file_is_said(started: Shop) -> None:
    started.doors.shell["WEB_PORT"] = "7000"
    started.service("web")["environment"] = {"PORT_IN": "7000"}
    found = drift(started)
    assert [finding.code for finding in found.findings] == ["shadowed"]
    assert row(found, "WEB_PORT").source == "shell"
    assert found.ledger.recreate == {"web": ("WEB_PORT changed",)}


def test_where_nothing_runs_there_is_nothing_to_compare(started: Shop) -> None:
    started.engine.there = []
    found = drift(started)
    assert not found.ledger.running
    assert not found.ledger.drifts
    assert row(found, "WEB_PORT").state == "not running"


def test_an_engine_that_is_away_is_an_error(started: Shop) -> None:
    def away(_project: str, _below: object = None) -> list[object]:
        raise EngineError("the engine is away", "start it")

    started.engine.containers = away  # type: ignore[assignment,method-assign]
    with pytest.raises(EngineError):
        drift(started)
