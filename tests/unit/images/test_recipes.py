from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.errors import ConfigError
from stackctl.images.recipes import (
    build_order,
    chained,
    find_recipes,
    folder_digest,
    packaged_folder,
    read_recipe,
    recipe_name,
    stale,
    state,
)
from tests.unit.images.made import image, recipe, recipes


def write(folder: Path, name: str, text: str, mode: int = 0o644) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_recipe_says_its_name_tag_needs_and_version(tmp_path: Path) -> None:
    text = """# FROM stackctl/comment:local
FROM stackctl/gobuild:local AS build
RUN --mount=type=bind,from=stackctl/tools:local,target=/tools true
FROM --platform=linux/amd64 stackctl/base:local
COPY --from=stackctl/grafana:local /a /b
COPY --from=build /a /b
LABEL org.opencontainers.image.title="stackctl/jaeger:local" stackctl.version="2.13.0"
"""
    write(tmp_path / "jaeger", "Dockerfile", text)
    info = read_recipe(tmp_path / "jaeger")
    assert (info.name, info.tag, info.scripted) == ("jaeger", "stackctl/jaeger:local", False)
    assert info.needs == ("base", "gobuild", "grafana", "tools")
    assert info.version == "2.13.0"


def test_a_folder_with_a_script_is_the_base(tmp_path: Path) -> None:
    write(tmp_path / "base", "build.sh", "#!/bin/sh\n", 0o755)
    assert read_recipe(tmp_path / "base").scripted


def test_the_digest_sees_names_contents_executability_and_links(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    path = write(folder, "Dockerfile", "FROM stackctl/base:local\n")
    seen = {folder_digest(folder)}
    path.write_text("FROM stackctl/base:local\nRUN true\n")
    seen.add(folder_digest(folder))
    path.chmod(0o755)
    seen.add(folder_digest(folder))
    (folder / "link").symlink_to("Dockerfile")
    seen.add(folder_digest(folder))
    (folder / "link").unlink()
    (folder / "link").symlink_to("elsewhere")
    seen.add(folder_digest(folder))
    path.rename(folder / "Containerfile")
    seen.add(folder_digest(folder))
    assert len(seen) == 6


def test_the_digest_does_not_see_the_umask_of_a_checkout(tmp_path: Path) -> None:
    for name, mode in (("a", 0o600), ("b", 0o664)):
        write(tmp_path / name, "Dockerfile", "FROM stackctl/base:local\n", mode)
    assert folder_digest(tmp_path / "a") == folder_digest(tmp_path / "b")


def test_the_workspace_replaces_a_packaged_recipe_and_keeps_the_others(tmp_path: Path) -> None:
    packaged = tmp_path / "packaged"
    root = tmp_path / "ws"
    for name in ("base", "redis"):
        write(packaged / name, "Dockerfile", "FROM scratch\n")
    write(packaged / "notes", "README.md", "no recipe\n")
    own = write(root / "stacks" / "images" / "redis", "Dockerfile", "FROM stackctl/base:local\n").parent
    found = find_recipes(root, packaged)
    assert sorted(found) == ["base", "redis"]
    assert found["redis"].folder == own
    assert found["redis"].needs == ("base",)
    assert all(item.chain for item in found.values())


def test_no_recipes_anywhere_is_fine(tmp_path: Path) -> None:
    assert find_recipes(tmp_path, tmp_path / "none") == {}


def test_the_recipes_of_the_checkout_can_be_read_and_ordered(tmp_path: Path) -> None:
    found = find_recipes(tmp_path)
    assert packaged_folder().name == "images"
    order = build_order(found, found)
    assert order[0] == "base"
    for name in order:
        assert all(order.index(need) < order.index(name) for need in found[name].needs)


def test_the_chain_changes_with_what_a_recipe_builds_on_and_nothing_else() -> None:
    before = recipes()
    changed = dict(before)
    changed["base"] = recipe("base", scripted=True, version="x")
    same = chained(changed)
    assert same["redis"].chain == before["redis"].chain
    changed["base"] = recipe("other")
    assert chained(changed)["redis"].chain != before["redis"].chain


def test_order_puts_what_is_built_on_first() -> None:
    known = {item.name: item for item in (recipe("base"), recipe("go", "base"), recipe("jaeger", "go", "base"))}
    assert build_order(known, ["jaeger"]) == ("base", "go", "jaeger")


def test_a_need_that_no_recipe_makes_is_named() -> None:
    with pytest.raises(ConfigError, match=r"the recipe jaeger needs stackctl/go:local.*no recipe go") as caught:
        build_order({"jaeger": recipe("jaeger", "go")}, ["jaeger"])
    assert caught.value.code == "recipe-missing"


def test_recipes_in_a_circle_are_refused() -> None:
    with pytest.raises(ConfigError, match="need each other"):
        build_order({"a": recipe("a", "b"), "b": recipe("b", "a")}, ["a"])


def test_the_label_decides_whether_an_image_is_current() -> None:
    redis = recipes()["redis"]
    assert state(redis, {}) == "missing"
    assert state(redis, {redis.tag: image({"stackctl.recipe": "dev"})}) == "outdated"
    assert state(redis, {redis.tag: image(redis.labels)}) == "ready"


def test_only_what_is_missing_or_outdated_is_built_with_what_it_needs() -> None:
    known = recipes()
    ready = {item.tag: image(item.labels) for item in known.values()}
    assert stale(known, ["redis", "python"], ready) == ()
    assert stale(known, ["redis", "python"], {}) == ("base", "python", "redis")
    without_redis = {tag: item for tag, item in ready.items() if tag != "stackctl/redis:local"}
    assert stale(known, ["redis", "python"], without_redis) == ("redis",)


def test_what_a_current_image_was_built_from_may_be_gone() -> None:
    known = recipes()
    assert stale(known, ["redis"], {known["redis"].tag: image(known["redis"].labels)}) == ()


@pytest.mark.parametrize(
    ("name", "recipe_of"),
    [
        ("stackctl/redis:local", "redis"),
        ("stackctl/redis:dev", ""),
        ("redis:local", ""),
        ("x/stackctl/redis:local", ""),
    ],
)
def test_a_local_image_is_known_by_its_name(name: str, recipe_of: str) -> None:
    assert recipe_name(name) == recipe_of
