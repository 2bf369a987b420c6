from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackctl.errors import ConfigError
from stackctl.lifecycle.early import ask_early
from stackctl.lifecycle.effective import effective_of, read_all_uses, read_effective
from stackctl.lifecycle.env_files import compose_env_files
from stackctl.workspace.find import Place, find_target
from stackctl.workspace.target import Wish
from tests.unit.fakes import FakeEngine, doors

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.lifecycle.made import Shop


def test_before_the_first_start_the_values_are_those_it_will_write(shop: Shop) -> None:
    found = effective_of(shop.doors.world, shop.target)
    assert (found.variables["WEB_PORT"].value, found.variables["WEB_PORT"].source.kind) == ("8080", "template")
    assert found.variables["STACKCTL_SECRETS_DIR"].value == str(shop.secret.parent)
    assert found.values == {}, "no file holds anything yet"


def test_a_secret_goes_to_the_services_that_mount_it(shop: Shop) -> None:
    found = effective_of(shop.doors.world, shop.target)
    assert found.variables["DB_PASSWORD"].services == ("db",)
    assert found.secrets["db"] == {"/run/secrets/db_password": shop.secret}


def test_what_compose_passes_is_undoubled(shop: Shop) -> None:
    shop.service("web")["environment"] = {"A": "pa$$word", "N": None, "B": 1}
    assert effective_of(shop.doors.world, shop.target).passed["web"] == {"A": "pa$word", "N": None, "B": "1"}


def test_an_env_file_of_a_service_is_a_consumer(shop: Shop) -> None:
    shop.env_file.write_text("WEB_PORT=1\nOWN=2\n")
    (shop.core / "dev.yml").write_text("services: {web: {env_file: [../../env/core/dev.env]}}\n")
    found = effective_of(shop.doors.world, shop.target)
    assert found.variables["OWN"].services == ("web",)
    assert found.values["OWN"] == "2"


def test_the_complaint_of_compose_is_kept(shop: Shop) -> None:
    shop.engine.model_error = ConfigError("it is wrong")
    found = effective_of(shop.doors.world, shop.target)
    assert found.complaint is shop.engine.model_error
    assert found.variables["WEB_PORT"].value == "8080"
    assert found.passed == {}


def test_files_that_are_included_and_extended_count(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(
        "include: [more/c.yml]\nservices: {a: {extends: {file: base.yml, service: b}, environment: {X: '${OWN}'}}}\n"
    )
    (tmp_path / "base.yml").write_text("services: {b: {image: '${IMAGE}', environment: {X: '${BASE}'}}}\n")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "c.yml").write_text("services: {c: {environment: {C: '${MORE}'}}}\n")
    target = find_target(Place(tmp_path, plain=True), Wish(), {})
    uses = read_all_uses(doors(tmp_path / "home", FakeEngine({})).world, target).uses
    assert {(use.service, use.key) for use in uses} == {("a", "OWN"), ("a", "IMAGE"), ("a", "BASE"), ("c", "MORE")}


def test_a_later_file_replaces_what_a_container_gets(shop: Shop) -> None:
    (shop.core / "base.yml").write_text("services: {web: {image: '${I}', environment: {L: '${OLD:-1}'}}}\n")
    (shop.core / "dev.yml").write_text("services: {web: {environment: {L: debug}}}\n")
    assert [use.key for use in read_all_uses(shop.doors.world, shop.target).uses] == ["I"]


@pytest.mark.parametrize(
    ("shell", "names"),
    [
        ({}, [".env"]),
        ({"COMPOSE_ENV_FILES": "a.env,b.env"}, ["a.env", "b.env"]),
        ({"COMPOSE_DISABLE_ENV_FILE": "1"}, []),
    ],
)
def test_the_env_files_of_a_plain_project(tmp_path: Path, shell: dict[str, str], names: list[str]) -> None:
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    made = doors(tmp_path / "home", FakeEngine({}), **shell)
    target = find_target(Place(tmp_path, plain=True), Wish(), made.shell)
    assert [path.name for path in compose_env_files(made.world, target)] == names


def test_an_example_beside_a_plain_project_is_its_template(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {a: {environment: {P: '${PORT}'}}}\n")
    (tmp_path / ".env.example").write_text("PORT=1\n")
    made = doors(tmp_path / "home", FakeEngine({}))
    target = find_target(Place(tmp_path, plain=True), Wish(), made.shell)
    found = effective_of(made.world, target)
    assert found.variables["PORT"].item is not None
    assert found.variables["PORT"].value is None, "Compose does not read the example"


def test_compose_is_asked_once_and_early_where_nothing_is_left_to_be_written(shop: Shop) -> None:
    assert ask_early(shop.doors.world, shop.target) is None, "the first `up` writes values that Compose needs"
    effective_of(shop.doors.world, shop.target)
    assert len(shop.engine.composes) == 1
    shop.up()
    shop.engine.composes.clear()
    early = ask_early(shop.doors.world, shop.target)
    found, _sources = read_effective(shop.doors.world, shop.target, early)
    assert found is not None and found.stack is not None
    assert len(shop.engine.composes) == 1


def test_an_early_question_that_fails_is_a_complaint(shop: Shop) -> None:
    shop.up()
    shop.engine.model_error = ConfigError("it is wrong")
    early = ask_early(shop.doors.world, shop.target)
    assert early is not None
    assert early.answer() == (None, shop.engine.model_error)
