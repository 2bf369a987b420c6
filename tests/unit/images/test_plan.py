from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.errors import Refused
from stackctl.images.fills import Fill
from stackctl.images.plan import lookup_names, new_fills, plan_images, read_dockerfiles
from stackctl.workspace.files import DiskFiles
from tests.unit.images.made import APP, INIT, MONGO, REDIS, current, image, question, stack

CORE = stack(redis=REDIS, mongodb=MONGO, app=APP, init=INIT)


def test_everything_that_matters_is_looked_up() -> None:
    assert lookup_names(question(CORE)) == {
        "redis:8.6.6",
        "mongo:8.0.26",
        "python:3.13-slim",
        "busybox:1.37",
        "acme/app:dev",
        *(f"stackctl/{name}:local" for name in ("base", "redis", "mongodb", "python", "tools")),
    }


def test_only_what_the_services_need_is_looked_up_and_built() -> None:
    asked = question(stack(redis=REDIS), "local")
    assert lookup_names(asked) == {"redis:8.6.6", "stackctl/base:local", "stackctl/redis:local"}
    assert plan_images(asked, {}).builds == ("base", "redis")


def test_an_image_without_a_name_is_looked_up_by_composes_name() -> None:
    assert "p-app" in lookup_names(question(stack(app={"build": {"context": "/src"}})))


def test_with_official_images_here_nothing_is_done_and_nothing_written() -> None:
    there = {"redis:8.6.6": image(), "mongo:8.0.26": image(), "python:3.13-slim": image(), "busybox:1.37": image()}
    plan = plan_images(question(CORE), there)
    assert plan.ready
    assert (plan.images, plan.build_args, plan.pulls, plan.builds) == ({}, {}, (), ())


def test_on_an_empty_machine_all_is_pulled_and_everything_has_a_stand_in() -> None:
    plan = plan_images(question(CORE), {})
    assert set(plan.pulls) == {"redis:8.6.6", "mongo:8.0.26", "python:3.13-slim", "busybox:1.37"}
    assert {choice.stand_in for choice in plan.choices} == {"redis", "mongodb", "python", "tools"}
    assert plan.builds == ()


def test_local_images_go_into_the_overlay() -> None:
    plan = plan_images(question(CORE, "local"), current("redis") | current("python"))
    assert plan.images == {
        "redis": "stackctl/redis:local",
        "mongodb": "stackctl/mongodb:local",
        "init": "stackctl/tools:local",
    }
    assert plan.build_args == {"app": {"PYTHON_IMAGE": "stackctl/python:local"}}
    assert plan.builds == ("base", "mongodb", "tools")
    assert plan.pulls == ()


def test_an_image_is_pulled_once_for_several_services() -> None:
    plan = plan_images(question(stack(a={"image": "nginx:1"}, b={"image": "nginx:1"})), {})
    assert plan.pulls == ("nginx:1",)


def test_a_plain_project_keeps_its_images_and_bases() -> None:
    plan = plan_images(question(CORE, plain=True), current("redis") | current("python"))
    assert plan.images == {}
    assert plan.build_args == {}
    assert "python:3.13-slim" not in plan.pulls  # its build fetches it
    assert plan.notes == ()


def test_a_plain_project_is_told_what_images_local_replaces() -> None:
    plan = plan_images(question(stack(redis=REDIS, web={"image": "nginx"}), "local", plain=True), current("redis"))
    assert plan.images == {"redis": "stackctl/redis:local"}
    assert plan.notes == ("redis: stackctl/redis:local instead of redis:8.6.6",)


def test_an_argument_that_no_recipe_makes_is_left_alone() -> None:
    app = {"build": {"context": "/a", "args": {"NODE_IMAGE": "node:22", "PYTHON": "python:3", "EMPTY_IMAGE": ""}}}
    assert plan_images(question(stack(app=app), "local"), {}).choices == ()


def test_bases_of_an_image_that_is_built_already_are_not_fetched() -> None:
    plan = plan_images(question(stack(app=APP)), {}).settled({"app"})
    assert plan.ready
    local = plan_images(question(stack(app=APP), "local"), {})
    assert local.builds == ("base", "python")
    settled = local.settled({"app"})
    assert settled.builds == ()
    assert settled.build_args == local.build_args  # else the argument itself would be a changed input


def test_the_secret_ca_is_given_where_it_is_asked_for_and_not_given() -> None:
    asks = "RUN --mount=type=secret,id=ca,target=/x pip install y\n"
    gives = {**APP, "build": {**APP["build"], "secrets": [{"source": "ca"}]}}
    model = stack(app=APP, other=APP, own=gives)
    plan = plan_images(question(model, dockerfiles={"app": asks, "own": asks, "other": "RUN true"}), {})
    assert plan.ca_for == ("app",)


def test_dockerfiles_are_read_for_the_services_that_are_built(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM x\n")
    model = stack(app={"build": {"context": str(tmp_path)}}, redis=REDIS)
    assert read_dockerfiles(model, ["app", "redis", "none"], DiskFiles()) == {"app": "FROM x\n"}


FILLED_OFFICIAL = {"p_mongo-data": Fill("official", "8", "mongo:8.0.26", "mongodb")}
FILLED_LOCAL = {"p_mongo-data": Fill("local", "7", "stackctl/mongodb:local", "mongodb")}


def test_auto_keeps_the_kind_that_filled_the_volume() -> None:
    model = stack(mongodb=MONGO)
    both = {"mongo:8.0.26": image(), **current("mongodb")}
    assert plan_images(question(model, fills=FILLED_LOCAL), both).images == {"mongodb": "stackctl/mongodb:local"}
    assert plan_images(question(model, fills=FILLED_OFFICIAL), both).images == {}
    only_local = plan_images(question(model, fills=FILLED_OFFICIAL), current("mongodb"))
    assert only_local.pulls == ("mongo:8.0.26",)
    assert only_local.choices[0].stand_in == ""


@pytest.mark.parametrize(("policy", "filled"), [("local", FILLED_OFFICIAL), ("registry", FILLED_LOCAL)])
def test_another_kind_is_refused_before_anything_is_done(policy: str, filled: dict[str, Fill]) -> None:
    with pytest.raises(Refused) as caught:
        plan_images(question(stack(mongodb=MONGO), policy, fills=filled), {})  # type: ignore[arg-type]
    assert caught.value.code == "image-kind-changed"
    assert caught.value.exit_code == 7
    assert "back up mongodb" in caught.value.hint
    assert [finding.subject for finding in caught.value.findings] == ["mongodb"]


def test_another_major_version_is_refused() -> None:
    older = {**MONGO, "image": "mongo:7.0"}
    with pytest.raises(Refused) as caught:
        plan_images(question(stack(mongodb=older), fills=FILLED_OFFICIAL), {"mongo:7.0": image()})
    assert caught.value.code == "data-version-mismatch"


def test_a_recipe_that_would_make_another_major_version_is_refused() -> None:
    filled = {"p_mongo-data": Fill("local", "6", "stackctl/mongodb:local", "mongodb")}
    outdated = {"stackctl/mongodb:local": image({"stackctl.recipe": "old", "stackctl.version": "6.0"})}
    with pytest.raises(Refused) as caught:
        plan_images(question(stack(mongodb=MONGO), fills=filled), outdated)
    assert caught.value.code == "data-version-mismatch"


def test_the_version_of_a_local_image_that_is_current_is_its_own() -> None:
    filled = {"p_mongo-data": Fill("local", "6", "stackctl/mongodb:local", "mongodb")}
    assert plan_images(question(stack(mongodb=MONGO), fills=filled), current("mongodb", "6.0")).ready


def test_what_to_record_after_a_start() -> None:
    there = {"mongo:8.0.26": image(), **current("redis")}
    plan = plan_images(question(CORE), there)
    assert new_fills(plan) == {
        "p_mongo-data": Fill("official", "8", "mongo:8.0.26", "mongodb"),
        "p_redis-data": Fill("local", "8", "stackctl/redis:local", "redis"),
    }


def test_services_that_will_not_run_do_not_count() -> None:
    asked = question(stack(redis=REDIS, mongodb=MONGO))
    narrowed = type(asked)(asked.stack, {"redis", "unknown"}, "auto", False, asked.recipes)
    assert [choice.service for choice in plan_images(narrowed, {}).choices] == ["redis"]
