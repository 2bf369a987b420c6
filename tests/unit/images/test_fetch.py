from __future__ import annotations

from dataclasses import replace

import pytest

from stackctl.errors import StartError
from stackctl.images.fetch import carry_out
from stackctl.images.fills import Fill
from stackctl.images.plan import new_fills, plan_images
from tests.unit.images.made import APP, FACTS, INIT, MONGO, REDIS, FakeEngine, World, current, image, question, stack

CORE = stack(redis=REDIS, app=APP, init=INIT)
HUB = "registry-1.docker.io"


def test_nothing_to_do_asks_nobody() -> None:
    world = World(FakeEngine())
    plan = plan_images(question(stack(redis=REDIS)), {"redis:8.6.6": image()})
    assert carry_out(plan, world.doors) is plan
    assert world.asked == []


def test_images_are_pulled_and_the_plan_knows_them() -> None:
    world = World(FakeEngine(), answers=[HUB])
    plan = carry_out(plan_images(question(CORE), {}), world.doors)
    assert set(world.engine.pulled) == {"redis:8.6.6", "python:3.13-slim", "busybox:1.37"}
    assert plan.images == {}
    assert set(plan.present) == set(world.engine.pulled)
    assert world.heard.notes == []
    assert ("redis:8.6.6", "pulled") in world.heard.done


def test_without_a_registry_recipes_stand_in_and_it_is_said_once() -> None:
    world = World(FakeEngine())
    plan = carry_out(plan_images(question(CORE), {}), world.doors)
    assert world.engine.pulled == []
    assert world.asked == [(HUB, 443)]
    assert len(world.heard.notes) == 1
    assert "no registry answers (docker.io)" in world.heard.notes[0]
    assert plan.images == {"redis": "stackctl/redis:local", "init": "stackctl/tools:local"}
    assert plan.build_args == {"app": {"PYTHON_IMAGE": "stackctl/python:local"}}
    assert [recipe.tag for recipe in world.engine.built] == [
        "stackctl/python:local",
        "stackctl/redis:local",
        "stackctl/tools:local",
    ]
    assert world.scripts[0][:3] == ("bash", "build.sh", "stackctl/base:local")
    assert new_fills(plan)["p_redis-data"].kind == "local"
    assert plan.builds == ()


def test_a_local_image_that_is_current_is_not_built_again() -> None:
    there = current("tools") | current("base")
    outdated = {"stackctl/redis:local": image({"stackctl.recipe": "dev"})}
    engine = FakeEngine(there | outdated)
    world = World(engine)
    carry_out(plan_images(question(stack(redis=REDIS, init=INIT)), engine.present), world.doors)
    assert [recipe.tag for recipe in engine.built] == ["stackctl/redis:local"]
    assert world.scripts == []


def test_a_pull_that_nobody_answers_ends_the_pulling_from_that_registry() -> None:
    world = World(FakeEngine(registry=lambda _image: "no-registry"), answers=[HUB])
    plan = carry_out(plan_images(question(CORE), {}), world.doors)
    assert len(world.engine.pulled) == 1
    assert plan.images["redis"] == "stackctl/redis:local"


def test_a_registry_that_dies_midway_costs_only_what_is_left() -> None:
    world = World(FakeEngine(registry=lambda name: "" if "python" in name else "no-registry"), answers=[HUB])
    plan = carry_out(plan_images(question(CORE), {}), world.doors)
    assert plan.build_args == {}
    assert plan.images["redis"] == "stackctl/redis:local"


@pytest.mark.parametrize("facts", [replace(FACTS, proxies=True), replace(FACTS, mirrors=("https://m",))])
def test_behind_a_proxy_or_a_mirror_only_the_pull_tells(facts: object) -> None:
    world = World(FakeEngine(), facts=facts)  # type: ignore[arg-type]
    carry_out(plan_images(question(stack(redis=REDIS)), {}), world.doors)
    assert world.asked == []
    assert world.engine.pulled == ["redis:8.6.6"]


@pytest.mark.parametrize("code", ["image-not-found", "image-denied", "rate-limited"])
def test_another_answer_of_the_registry_is_an_error(code: str) -> None:
    world = World(FakeEngine(registry=lambda _image: code), answers=[HUB])
    with pytest.raises(StartError) as caught:
        carry_out(plan_images(question(stack(redis=REDIS)), {}), world.doors)
    assert caught.value.code == code
    assert world.engine.built == []


def test_an_image_without_a_stand_in_fails_before_anything_is_built() -> None:
    world = World(FakeEngine())
    model = stack(redis=REDIS, web={"image": "nginx:1"}, other={"image": "quay.io/a/b:1"})
    with pytest.raises(StartError) as caught:
        carry_out(plan_images(question(model), {}), world.doors)
    assert caught.value.code == "no-registry"
    assert caught.value.message == "no registry answers for quay.io/a/b:1, nginx:1"
    assert "docker save quay.io/a/b:1" in caught.value.hint
    assert [finding.subject for finding in caught.value.findings] == ["other", "web"]
    assert world.engine.built == []
    assert world.heard.notes == []


def test_registry_alone_and_plain_projects_hint_at_the_recipe() -> None:
    for asked in (question(stack(redis=REDIS), "registry"), question(stack(redis=REDIS), plain=True)):
        with pytest.raises(StartError) as caught:
            carry_out(plan_images(asked, {}), World(FakeEngine()).doors)
        assert caught.value.hint == "use the local recipe: --images local"


def test_data_of_the_official_image_has_no_stand_in() -> None:
    filled = {"p_mongo-data": Fill("official", "8", "mongo:8.0.26", "mongodb")}
    plan = plan_images(question(stack(mongodb=MONGO), fills=filled), current("mongodb"))
    with pytest.raises(StartError) as caught:
        carry_out(plan, World(FakeEngine(current("mongodb"))).doors)
    assert "a local one cannot read it" in caught.value.hint
    assert "--images local" not in caught.value.hint


def test_several_registries_are_asked_each() -> None:
    world = World(FakeEngine(), answers=["quay.io"])
    model = stack(redis=REDIS, other={"image": "quay.io/a/b:1"})
    plan = carry_out(plan_images(question(model), {}), world.doors)
    assert world.engine.pulled == ["quay.io/a/b:1"]
    assert plan.images == {"redis": "stackctl/redis:local"}


def test_images_local_pulls_nothing_that_a_recipe_makes() -> None:
    world = World(FakeEngine())
    carry_out(plan_images(question(CORE, "local"), {}), world.doors)
    assert world.asked == []
    assert world.heard.notes == []
