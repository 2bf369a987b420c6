from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from stackctl.images.inputs import Inputs, build_inputs, changed_inputs, changes_in_short, inputs_from
from stackctl.stack.model import Service, stack_from


def service(context: Path | str, **build: Any) -> Service:
    model = {"services": {"core": {"build": {"context": str(context), "dockerfile": "Dockerfile", **build}}}}
    return stack_from(model).services["core"]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text("ARG PYTHON_IMAGE=python:3\nFROM ${PYTHON_IMAGE}\nCOPY . /\n")
    (tmp_path / ".dockerignore").write_text("*.log\n")
    (tmp_path / "requirements.txt").write_text("redis\n")
    return tmp_path


def read(item: Service, known: Inputs | None = None, bases: dict[str, str] | None = None) -> Inputs:
    found = build_inputs(item, time.time_ns(), known, bases)
    assert found is not None
    return found


def test_the_same_inputs_are_equal_and_have_one_digest(app: Path) -> None:
    before = read(service(app))
    (app / "debug.log").write_text("left out")
    after = read(service(app), before)
    assert before == after
    assert before.digest == after.digest
    assert changed_inputs(before, after) == []


def test_a_changed_file_is_named(app: Path) -> None:
    before = read(service(app))
    (app / "requirements.txt").write_text("redis\npymongo\n")
    (app / "pkg").mkdir()
    (app / "pkg" / "new.py").write_text("")
    after = read(service(app), before)
    assert changed_inputs(before, after) == ["pkg/new.py added", "requirements.txt changed"]
    assert changed_inputs(after, before) == ["pkg/new.py removed", "requirements.txt changed"]
    assert before.digest != after.digest


def test_a_lone_folder_is_named(app: Path) -> None:
    before = read(service(app))
    (app / "empty").mkdir()
    assert changed_inputs(before, read(service(app))) == ["empty/ added"]


def test_dockerfile_arguments_target_and_bases_count(app: Path) -> None:
    item = service(app, args={"A": "1"})
    before = read(item, bases={"python:3": "sha256:1", "other": "sha256:9"})
    assert "base image other" not in before.facts
    (app / "Dockerfile").write_text("FROM python:3\n")
    changed = service(app, args={"A": "2", "B": "1"}, target="runtime")
    after = read(changed, bases={"python:3": "sha256:2"})
    assert changed_inputs(before, after) == [
        "Dockerfile changed",
        "argument A changed",
        "argument B added",
        "base image python:3 changed",
        "build target added",
    ]


def test_the_values_of_arguments_are_not_kept(app: Path) -> None:
    assert "hunter2" not in json.dumps(read(service(app, args={"TOKEN": "hunter2"})).as_dict())


def test_inputs_survive_being_stored(app: Path) -> None:
    Path(os.fsdecode(os.fsencode(app) + b"/\xff")).write_text("x")
    before = read(service(app))
    stored = inputs_from(json.loads(json.dumps(before.as_dict())))
    assert stored == before
    assert stored is not None
    assert stored.stamps == before.stamps
    assert stored.taken_ns == before.taken_ns


@pytest.mark.parametrize("raw", [None, [], {}, {"files": {}}, {"files": {}, "facts": {}, "stamps": {"a": 1}}, "x"])
def test_something_else_in_the_store_is_no_knowledge(raw: Any) -> None:
    assert inputs_from(raw) is None


@pytest.mark.parametrize("address", ["https://example.org/app.git#main", "git@github.com:a/b.git", "github.com/a/b"])
def test_a_remote_context_is_in_doubt(address: str) -> None:
    assert build_inputs(service(address), 0) is None


def test_further_contexts_are_in_doubt(app: Path) -> None:
    assert build_inputs(service(app, additional_contexts={"lib": "../lib"}), 0) is None


def test_a_missing_dockerfile_is_in_doubt(tmp_path: Path) -> None:
    assert build_inputs(service(tmp_path), 0) is None


def test_an_ignore_file_that_docker_rejects_is_in_doubt(app: Path) -> None:
    (app / ".dockerignore").write_text("!\n")
    assert build_inputs(service(app), 0) is None


def test_a_dockerfile_in_the_compose_file_counts(tmp_path: Path) -> None:
    one = read(service(tmp_path, dockerfile_inline="FROM a\n"))
    two = read(service(tmp_path, dockerfile_inline="FROM b\n"))
    assert changed_inputs(one, two) == ["Dockerfile changed"]


def test_a_dockerfile_outside_the_context_counts(app: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("d") / "App.Dockerfile"
    elsewhere.write_text("FROM a\n")
    before = read(service(app, dockerfile=str(elsewhere)))
    elsewhere.write_text("FROM b\n")
    assert changed_inputs(before, read(service(app, dockerfile=str(elsewhere)))) == ["App.Dockerfile changed"]


def test_a_service_without_a_build_has_no_inputs() -> None:
    assert build_inputs(stack_from({"services": {"a": {"image": "x"}}}).services["a"], 0) is None


def test_many_changes_in_one_line() -> None:
    assert changes_in_short([]) == ""
    assert changes_in_short(["a changed"]) == "a changed"
    assert changes_in_short(["a changed", "b added", "c added"]) == "a changed and 2 more"


def test_some_thousand_files(app: Path) -> None:
    for index in range(30):
        folder = app / f"d{index}"
        folder.mkdir()
        for name in range(100):
            (folder / f"f{name}").write_text(f"{index} {name}")
    before = read(service(app))
    assert len(before.files) > 3000
    (app / "d7" / "f7").write_text("another")
    assert changed_inputs(before, read(service(app), before)) == ["d7/f7 changed"]
