"""The way to run a project's own command."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.errors import ConfigError, Misuse, NotReady
from stackctl.lifecycle.commands import command_of, entry_of
from stackctl.workspace.find import Place, find_target
from stackctl.workspace.target import Target, Wish
from tests.unit.fakes import Doors, FakeEngine, container, doors

FILE = """
name: shop
x-stackctl:
  commands:
    migrate: {service: web, run: [migrate, --all]}
    greet: {service: web, run: ["echo", "${WHO}", "$$HOME"]}
services: {web: {image: x}}
"""


@pytest.fixture
def made(tmp_path: Path) -> tuple[Doors, Target]:
    (tmp_path / "compose.yaml").write_text(FILE)
    greet = {"service": "web", "run": ["echo", "you", "$$HOME"]}
    engine = FakeEngine(
        {"name": "shop", "services": {"web": {"image": "x"}}, "x-stackctl": {"commands": {"greet": greet}}}
    )
    engine.there = [container("web", project="shop")]
    return doors(tmp_path / "home", engine), find_target(Place(tmp_path, plain=True), Wish(), {})


def test_it_runs_in_the_container_with_what_follows(made: tuple[Doors, Target]) -> None:
    the, target = made
    entry = entry_of(the.world, target, "migrate", ("--fake",), terminal=False)
    assert entry.words == ("exec", "-i", "web-id", "migrate", "--all", "--fake")
    assert entry_of(the.world, target, "migrate", (), terminal=True).words[1] == "-it"


def test_variables_are_those_of_compose(made: tuple[Doors, Target]) -> None:
    the, target = made
    assert command_of(the.world, target, "greet").words == ("echo", "you", "$HOME")


def test_an_unknown_one_gets_a_suggestion(made: tuple[Doors, Target]) -> None:
    the, target = made
    with pytest.raises(Misuse) as caught:
        command_of(the.world, target, "migrat")
    assert "did you mean “migrate”?" in caught.value.hint
    (target.files[0]).write_text("services: {web: {image: x}}\n")
    with pytest.raises(Misuse) as caught:
        command_of(the.world, target, "migrate")
    assert "x-stackctl" in caught.value.hint


def test_a_service_that_does_not_run_is_said(made: tuple[Doors, Target]) -> None:
    the, target = made
    the.engine.there = []
    with pytest.raises(NotReady):
        entry_of(the.world, target, "migrate", (), terminal=False)


@pytest.mark.parametrize("runs", [True, False])
def test_a_service_that_is_in_no_file_is_a_mistake_of_the_file(made: tuple[Doors, Target], *, runs: bool) -> None:
    the, target = made
    target.files[0].write_text(FILE.replace("service: web, run: [migrate", "service: wbe, run: [migrate"))
    the.engine.there = the.engine.there if runs else []
    with pytest.raises(ConfigError) as caught:
        entry_of(the.world, target, "migrate", (), terminal=False)
    assert caught.value.code == "commands-invalid"
    assert "did you mean “web”?" in caught.value.hint
