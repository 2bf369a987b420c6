"""The reference app in the place of an application whose image cannot be had."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stackctl.errors import StartError
from stackctl.images.choice import Candidate, Policy, decide
from stackctl.images.fetch import carry_out
from stackctl.images.plan import ImageQuestion, plan_images
from stackctl.images.recipes import chained, find_recipes, packaged_folder, read_recipe
from stackctl.images.table import image_rows
from stackctl.stack.overlay import Overlay, render
from tests.unit.images.made import NOW, REDIS, FakeEngine, World, question, recipe, recipes, stack

APP = chained({"app": replace(recipe("app"), standin=True)})["app"]


def test_the_packaged_recipe_is_a_stand_in_made_of_the_core_app() -> None:
    app = find_recipes(Path("/nowhere"))["app"]
    assert app.standin
    assert app.context == packaged_folder().parent / "core" / "app"
    assert app.needs == ("python",)
    assert not find_recipes(Path("/nowhere"))["redis"].standin


def test_its_digest_follows_what_is_sent_and_nothing_else(tmp_path: Path) -> None:
    folder, source = tmp_path / "images" / "app", tmp_path / "src"
    folder.mkdir(parents=True)
    source.mkdir()
    (folder / "Dockerfile").write_text("FROM stackctl/python:local\n")
    (folder / "context").write_text("../../src\n")
    (source / ".dockerignore").write_text("*\n!kept.py\n")
    (source / "kept.py").write_text("1\n")
    before = read_recipe(folder).digest
    (source / "litter.pyc").write_text("2\n")
    assert read_recipe(folder).digest == before
    (source / "kept.py").write_text("3\n")
    assert read_recipe(folder).digest != before


@pytest.mark.parametrize(
    ("policy", "there", "used"),
    [
        ("auto", True, "me/app:1"),
        ("auto", False, APP.tag),
        ("local", True, APP.tag),
        ("registry", False, "me/app:1"),
    ],
)
def test_it_stands_in_where_the_image_is_absent(policy: str, there: bool, used: str) -> None:
    choice = decide(Candidate("api", "me/app:1", recipe=APP, there=there, local="ready"), policy)  # type: ignore[arg-type]
    assert choice.used == used
    assert choice.standin is (used == APP.tag)


SERVICE = {"image": "me/app:1", "labels": {"stackctl.recipe": "app"}}
HUB = "registry-1.docker.io"


def asked(policy: Policy = "auto") -> ImageQuestion:
    return replace(question(stack(api=SERVICE), policy), recipes={**recipes(), "app": APP})


@pytest.mark.parametrize("said", ["image-not-found", "image-denied", "no-registry"])
def test_what_no_registry_gives_is_replaced_and_it_is_said(said: str) -> None:
    world = World(FakeEngine(registry=lambda _image: said), answers=[HUB])
    plan = carry_out(plan_images(asked(), {}), world.doors)
    assert plan.images == {"api": APP.tag}
    assert plan.standins == {"api": "me/app:1"}
    assert len(world.heard.notes) == 1
    assert [row.kind for row in image_rows(plan, NOW)] == ["stand-in"]


def test_other_answers_of_a_registry_stay_errors() -> None:
    world = World(FakeEngine(registry=lambda _image: "rate-limited"), answers=[HUB])
    with pytest.raises(StartError):
        carry_out(plan_images(asked(), {}), world.doors)


def test_a_store_that_is_not_found_stays_an_error() -> None:
    world = World(FakeEngine(registry=lambda _image: "image-not-found"), answers=[HUB])
    with pytest.raises(StartError):
        carry_out(plan_images(question(stack(redis=REDIS)), {}), world.doors)


def test_images_registry_says_how_to_have_a_stand_in() -> None:
    world = World(FakeEngine())
    with pytest.raises(StartError) as caught:
        carry_out(plan_images(asked("registry"), {}), world.doors)
    assert "me/app:1" in caught.value.message
    assert "stand in" in (caught.value.hint or "")


def test_the_overlay_labels_the_containers() -> None:
    text = render(Overlay(images={"api": APP.tag}, standins={"api": "me/app:$1"}))
    assert '"stackctl.standin": "me/app:$$1"' in text
    assert not Overlay(standins={"api": "x"}).empty
