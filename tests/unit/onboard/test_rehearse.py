"""What a rehearsal foresees, and what it makes of a start that fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.errors import ConfigError, StartError
from stackctl.onboard.foresee import by_hand, foresee, unpinned
from stackctl.onboard.rehearse import Stage, gaps_of
from tests.unit.fakes import stack_of
from tests.unit.lifecycle.made import BASE_TEMPLATE, Shop, bind, make_shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return make_shop(tmp_path)


def codes(shop: Shop) -> list[tuple[str, str]]:
    return [(item.code, item.subject) for item in foresee(shop.doors.world, shop.target)]


def test_a_whole_project_lacks_nothing(shop: Shop) -> None:
    assert codes(shop) == []


def test_all_that_is_missing_is_told_at_once(shop: Shop) -> None:
    template = shop.root / "env" / "core" / "base.env.template"
    template.write_text(f"{BASE_TEMPLATE}\n# From the vendor.\n# @required\nAPI_KEY=\n")
    shop.service("extra")["image"] = "acme/extra"
    shop.service("db")["volumes"].append(bind(shop.core / "gone.conf", "/etc/gone.conf"))
    shop.service("web")["networks"] = {"theirs": None}
    shop.engine.model["networks"] = {"theirs": {"name": "theirs", "external": True}}
    shop.engine.model["configs"] = {"rules": {"name": "rules", "file": str(shop.core / "rules.txt")}}
    shop.service("web")["configs"] = [{"source": "rules"}]
    assert codes(shop) == [
        ("manual-step", "API_KEY"),
        ("missing-file", "db"),
        ("missing-file", "web"),
        ("manual-step", "web"),
        ("unpinned-image", "extra"),
    ]


def test_a_secret_that_nobody_makes_is_put_there_by_hand(shop: Shop) -> None:
    path = shop.core / "token.txt"
    shop.engine.model["secrets"] = {"token": {"name": "token", "file": str(path)}}
    shop.service("db")["secrets"] = [{"source": "token"}]
    (gap,) = foresee(shop.doors.world, shop.target)
    assert (gap.code, gap.subject) == ("manual-step", "db")
    assert "git add" not in gap.hint


def test_which_images_may_be_others_tomorrow() -> None:
    images = {"a": "nginx", "b": "nginx:latest", "c": "nginx:1.27", "d": "nginx@sha256:00", "e": "host:5000/nginx"}
    found = unpinned(stack_of({name: {"image": image} for name, image in images.items()}))
    assert [item.subject for item in found] == ["a", "b", "e"]


def test_the_way_out_names_the_template(shop: Shop) -> None:
    assert "base.env.template" in by_hand("API_KEY", shop.target).hint


@pytest.mark.parametrize(
    ("name", "there", "hint"),
    [
        ("settings.txt", True, "you have it, and git does not: git add settings.txt"),
        ("settings.txt", False, "restore it"),
        (".env", True, "describe its variables in .env.template, or say that it may be missing (required: false)"),
    ],
)
def test_a_file_that_the_clone_lacks_is_named_as_it_is_called_here(
    tmp_path: Path, name: str, *, there: bool, hint: str
) -> None:
    root, clone = tmp_path / "mine", tmp_path / "clone" / "mine"
    root.mkdir()
    clone.mkdir(parents=True)
    if there:
        (root / name).write_text("x")
    error = ConfigError(f"{clone / name}: no such file or directory", "restore it")
    (gap,) = gaps_of(error, Stage(tmp_path / "clone", clone, "r"), root)
    assert (gap.code, gap.hint) == ("missing-file", hint)
    assert str(root / name) in gap.message
    assert str(clone) not in gap.message


def test_any_other_failure_is_told_as_it_is(tmp_path: Path) -> None:
    stage = Stage(tmp_path, tmp_path / "clone", "r")
    error = StartError("db exited with code 3", "see its log", code="exited")
    assert [(gap.code, gap.message, gap.hint) for gap in gaps_of(error, stage, tmp_path)] == [
        ("start-failed", "db exited with code 3", "see its log")
    ]
    missing = ConfigError("required values are missing: A", code="variable-missing")
    assert gaps_of(missing, stage, tmp_path) == [], "it was foreseen"
