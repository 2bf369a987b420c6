from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from stackctl.errors import StartError
from stackctl.images.build import build_recipes
from tests.unit.images.made import FakeEngine, World, current, recipes


def test_recipes_are_built_in_order_with_label_and_certificates() -> None:
    world = World(FakeEngine())
    known = recipes()
    assert build_recipes(known, ["redis"], world.doors) == ("base", "redis")
    assert world.scripts == [
        ("bash", "build.sh", "stackctl/base:local", "--change", f"LABEL stackctl.recipe={known['base'].chain}")
    ]
    built = world.engine.built[0]
    assert built.labels == {"stackctl.recipe": known["redis"].chain}
    assert built.ca == Path("/etc/ssl/ca.crt")
    assert build_recipes(known, ["redis"], world.doors) == ()


def test_steps_and_the_whole_log_are_told() -> None:
    world = World(FakeEngine(current("base")))
    build_recipes(recipes(), ["redis"], world.doors)
    assert world.heard.steps == [
        ("stackctl/redis:local", "starting"),
        ("stackctl/redis:local", "[1/2] FROM stackctl/base:local"),
        ("stackctl/redis:local", "[2/2] RUN make"),
    ]
    assert world.heard.done == [("stackctl/redis:local", "built")]
    assert world.logs["redis"].lines == list(world.engine.build_lines)


def test_a_script_says_itself_what_it_does() -> None:
    world = World(FakeEngine())
    build_recipes(recipes(), ["base"], world.doors)
    assert ("stackctl/base:local", "base: unpacking") in world.heard.steps


def test_a_failed_build_shows_its_tail_and_its_log() -> None:
    engine = FakeEngine(current("base"))
    engine.build_fails = StartError("building stackctl/redis:local failed: exit code 1", "see", code="build-failed")
    engine.build_lines = tuple(f"#7 {index}.0 line {index}\n" for index in range(30))
    with pytest.raises(StartError) as caught:
        build_recipes(recipes(), ["redis"], World(engine).doors)
    assert caught.value.code == "build-failed"
    lines = caught.value.message.splitlines()
    assert lines[0] == "building stackctl/redis:local failed: exit code 1"
    assert lines[-1].strip() == "#7 29.0 line 29"
    assert len(lines) == 13
    assert caught.value.hint == "the whole log: /ws/.stackctl/build/redis.log"


def test_a_full_disk_keeps_its_own_way_out() -> None:
    engine = FakeEngine(current("base"))
    engine.build_fails = StartError("no space", "free space: docker builder prune", code="disk-full")
    with pytest.raises(StartError) as caught:
        build_recipes(recipes(), ["redis"], World(engine).doors)
    assert caught.value.hint.startswith("free space: docker builder prune; the whole log:")


def test_a_failed_script_is_a_failed_build() -> None:
    world = World(FakeEngine())
    world.script_code = 1
    with pytest.raises(StartError) as caught:
        build_recipes(recipes(), ["redis"], world.doors)
    assert caught.value.code == "build-failed"
    assert "base: unpacking" in caught.value.message
    assert world.engine.built == []


def test_what_another_process_built_meanwhile_is_not_built_again() -> None:
    engine = FakeEngine(current("base"))
    world = World(engine)

    @contextmanager
    def lock() -> Iterator[None]:
        engine.present |= current("redis")  # it was built while we waited
        yield

    assert build_recipes(recipes(), ["redis"], replace(world.doors, lock=lock)) == ()
