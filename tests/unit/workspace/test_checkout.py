"""Second worktrees and clones of one repository, made by git itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from stackctl.workspace.checkout import standing
from stackctl.workspace.files import DiskFiles
from stackctl.workspace.find import Place, find_target
from stackctl.workspace.git import branch, repository
from stackctl.workspace.home import home
from stackctl.workspace.register import Checkout, Register, changing, read_register
from stackctl.workspace.target import Wish
from tests.unit.fakes import FakeClock


def git(folder: Path, *words: str) -> None:
    own = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always")
    subprocess.run(["git", *own, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A repository with one commit, which holds a workspace."""
    root = tmp_path / "a" / "shop"
    for name in ("base.yml", "dev.yml"):
        path = root / "stacks" / "core" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("services: {web: {image: x}}\n")
    git(root, "init", "-q", "-b", "trunk")
    git(root, "add", ".")
    git(root, "commit", "-qm", "one")
    return root


def shell(tmp_path: Path) -> dict[str, str]:
    return {"STACKCTL_HOME": str(tmp_path / "home")}


def remember(tmp_path: Path, *roots: Path) -> None:
    """What a start in each folder remembers, in this order."""
    where = home(shell(tmp_path))
    for root in roots:
        found = standing(root, shell(tmp_path))
        assert found is not None
        with changing(where, DiskFiles(), FakeClock()) as (register, keep):
            keep(register.with_checkout(found.checkout))


def clone(source: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    git(source, "clone", "-q", str(source), str(target))
    return target


def project(tmp_path: Path, root: Path, **wish: str) -> tuple[str, str]:
    target = find_target(Place(root, plain=False), Wish(**wish), shell(tmp_path))  # type: ignore[arg-type]
    return target.project, target.instance


def test_the_first_checkout_keeps_its_plain_name(tmp_path: Path, first: Path) -> None:
    assert project(tmp_path, first) == ("shop-core-dev", "")
    remember(tmp_path, first)
    assert project(tmp_path, first) == ("shop-core-dev", "")


def test_a_linked_worktree_is_an_instance_even_where_the_main_one_was_never_started(
    tmp_path: Path, first: Path
) -> None:
    git(first, "worktree", "add", "-q", "-b", "Feature/x", str(tmp_path / "Shop_x"))
    assert project(tmp_path, tmp_path / "Shop_x") == ("shop_x-core-dev", "shop_x")
    assert branch(tmp_path / "Shop_x" / "stacks") == "Feature/x"
    assert branch(first) == "trunk"
    assert project(tmp_path, first) == ("shop-core-dev", "")
    target = find_target(Place(tmp_path / "Shop_x", plain=False), Wish(), shell(tmp_path))
    assert str(first) in target.notes[0]


def test_a_worktree_with_the_name_of_the_main_one_says_so_in_its_project(tmp_path: Path, first: Path) -> None:
    git(first, "worktree", "add", "-q", str(tmp_path / "review" / "shop"))
    assert project(tmp_path, tmp_path / "review" / "shop") == ("shop-core-dev-review", "review")


def test_the_second_clone_is_an_instance_and_stays_it(tmp_path: Path, first: Path) -> None:
    second = clone(first, tmp_path / "b" / "shop")
    assert project(tmp_path, second) == ("shop-core-dev", ""), "nobody has been first yet"
    remember(tmp_path, first, second)
    assert project(tmp_path, second) == ("shop-core-dev-b", "b")
    assert project(tmp_path, first) == ("shop-core-dev", "")
    third = clone(second, tmp_path / "c" / "b" / "shop")
    assert project(tmp_path, third) == ("shop-core-dev-b-2", "b-2"), "a clone of a clone; b is taken"
    subprocess.run(["rm", "-rf", str(first)], check=True)
    assert project(tmp_path, second) == ("shop-core-dev-b", "b"), "another name would hide its data"


def test_a_clone_takes_the_place_of_a_first_one_that_is_gone(tmp_path: Path, first: Path) -> None:
    second = clone(first, tmp_path / "b" / "shop")
    remember(tmp_path, first)
    subprocess.run(["rm", "-rf", str(first)], check=True)
    assert project(tmp_path, second) == ("shop-core-dev", "")


def test_what_the_user_says_counts(tmp_path: Path, first: Path) -> None:
    second = clone(first, tmp_path / "b" / "shop")
    remember(tmp_path, first)
    assert project(tmp_path, second, instance="review") == ("shop-core-dev-review", "review")
    assert project(tmp_path, second, instance="b") == ("shop-core-dev-b", "b"), "its own name, said aloud"
    assert project(tmp_path, second, instance="off") == ("shop-core-dev", "")
    assert project(tmp_path, second, project="mine") == ("mine", "")


def test_a_plain_project_is_one_too(tmp_path: Path) -> None:
    root = tmp_path / "a" / "web"
    root.mkdir(parents=True)
    (root / "compose.yaml").write_text("services: {web: {image: x}}\n")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "one")
    remember(tmp_path, root)
    second = clone(root, tmp_path / "b" / "web")
    other = clone(root, tmp_path / "b" / "web2")
    targets = [find_target(Place(path, plain=True), Wish(), shell(tmp_path)) for path in (root, second, other)]
    assert [(item.project, item.instance) for item in targets] == [("web", ""), ("web-b", "b"), ("web2", "web2")]


def test_copies_of_one_address_are_one_repository_whatever_the_login(tmp_path: Path) -> None:
    found = set()
    for number, url in enumerate(
        ("https://me:secret@git.example/a/shop.git", "git@git.example:a/shop", "ssh://git@git.example/a/shop/")
    ):
        root = tmp_path / str(number)
        root.mkdir()
        git(root, "init", "-q")
        git(root, "remote", "add", "origin", url)
        there = repository(root)
        assert there is not None
        found.add(there.identity)
    assert found == {"git.example/a/shop"}


def test_a_submodule_and_a_folder_without_git_are_no_copies(tmp_path: Path, first: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    git(other, "submodule", "--quiet", "add", str(first), "shop")
    found = repository(other / "shop")
    assert found is not None
    assert found.main is None
    assert repository(tmp_path) is None
    assert standing(tmp_path, shell(tmp_path)) is None
    assert branch(tmp_path) == ""


def test_two_workspaces_of_one_checkout_are_not_copies_of_each_other(tmp_path: Path, first: Path) -> None:
    (first / "second").mkdir()
    remember(tmp_path, first)
    found = standing(first / "second", shell(tmp_path))
    assert found is not None
    assert found.checkout.instance == ""


def test_a_damaged_register_counts_as_empty_when_read(tmp_path: Path, first: Path) -> None:
    remember(tmp_path, first)
    (home(shell(tmp_path)) / "instances.json").write_text("{")
    assert read_register(home(shell(tmp_path)), DiskFiles()) == Register()
    assert project(tmp_path, first) == ("shop-core-dev", "")
    assert Checkout("/a", "b") == Checkout("/a", "b", "", False)
