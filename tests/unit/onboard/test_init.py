from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from stackctl.errors import Refused
from stackctl.onboard.init import IGNORED, apply_init, plan_init
from stackctl.workspace.compose_files import load
from stackctl.workspace.files import DiskFiles
from stackctl.workspace.find import Place, environments, find_place, find_target
from stackctl.workspace.target import Wish
from tests.unit.fakes import snapshot

if TYPE_CHECKING:
    from pathlib import Path

FILES = DiskFiles()


class Watched(DiskFiles):
    """The real file system, and the order in which files were written."""

    def __init__(self, fail_at: int = -1) -> None:
        self.written: list[Path] = []
        self.fail_at = fail_at

    def write(self, path: Path, data: bytes, mode: int = 0o600) -> None:
        if len(self.written) == self.fail_at:
            raise OSError("the disk is full")
        super().write(path, data, mode)
        self.written.append(path)


def init(root: Path) -> None:
    apply_init(plan_init(root, FILES), FILES)


def test_planning_writes_nothing(tmp_path: Path) -> None:
    assert plan_init(tmp_path, FILES).copies
    assert list(tmp_path.iterdir()) == []


def test_the_folder_becomes_a_workspace_with_dev_and_prod(tmp_path: Path) -> None:
    init(tmp_path)
    place = find_place(tmp_path)
    assert place == Place(tmp_path, plain=False)
    assert environments(place, "core") == ["dev", "prod"]
    target = find_target(place, Wish(), {})
    assert all(path.is_file() for path in (*target.files, *target.templates))
    assert {"mongodb", "redis", "prometheus", "grafana", "jaeger", "core"} <= set(load(target.files[0])["services"])
    assert (tmp_path / "stacks" / "core" / "app" / "Dockerfile").is_file()


def test_the_steps_are_the_files_that_appear(tmp_path: Path) -> None:
    plan = plan_init(tmp_path, FILES)
    apply_init(plan, FILES)
    assert sorted(plan.steps()) == sorted(snapshot(tmp_path))


def test_nothing_generated_or_private_travels(tmp_path: Path) -> None:
    init(tmp_path)
    names = list(snapshot(tmp_path))
    assert not [name for name in names if "__pycache__" in name or ".local." in name or name.endswith(".pyc")]
    assert [name for name in names if name.startswith("env/")] == [
        f"env/core/{name}.env.template" for name in ("base", "dev", "prod")
    ]


def test_base_comes_last_because_it_makes_the_workspace(tmp_path: Path) -> None:
    watched = Watched()
    apply_init(plan_init(tmp_path, FILES), watched)
    stack = [path for path in watched.written if path.name != ".gitignore"]
    assert stack[-1] == tmp_path / "stacks" / "core" / "base.yml"


def test_an_init_that_was_cut_short_leaves_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        apply_init(plan_init(tmp_path, FILES), Watched(fail_at=5))
    assert not (tmp_path / "stacks" / "core" / "base.yml").exists()


def test_an_init_that_was_cut_short_can_be_done_again(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        apply_init(plan_init(tmp_path, FILES), Watched(fail_at=5))
    init(tmp_path)
    assert not find_place(tmp_path).plain


def test_a_folder_that_has_a_core_stack_is_refused_and_untouched(tmp_path: Path) -> None:
    init(tmp_path)
    (tmp_path / "stacks" / "core" / "base.yml").write_text("mine\n")
    before = snapshot(tmp_path)
    with pytest.raises(Refused) as caught:
        plan_init(tmp_path, FILES)
    assert (caught.value.exit_code, caught.value.code) == (7, "exists")
    assert snapshot(tmp_path) == before


def test_a_file_in_the_way_is_named_and_untouched(tmp_path: Path) -> None:
    mine = tmp_path / "env" / "core" / "dev.env.template"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine\n")
    with pytest.raises(Refused) as caught:
        plan_init(tmp_path, FILES)
    assert "env/core/dev.env.template" in caught.value.message
    assert snapshot(tmp_path) == {"env/core/dev.env.template": b"mine\n"}


def test_a_dangling_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    link = tmp_path / "env" / "core" / "dev.env.template"
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused):
        plan_init(tmp_path, FILES)


def test_other_files_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine\n")
    (tmp_path / "stacks" / "edge").mkdir(parents=True)
    init(tmp_path)
    assert (tmp_path / "README.md").read_text() == "mine\n"


def test_git_is_told_what_is_not_its_business(tmp_path: Path) -> None:
    init(tmp_path)
    lines = (tmp_path / ".gitignore").read_text().splitlines()
    assert set(IGNORED) <= set(lines)
    assert {".stackctl/", "env/*/*.env"} <= set(IGNORED)


@pytest.mark.parametrize("before", ["*.pyc\n", "*.pyc", ""])
def test_an_existing_gitignore_is_added_to(tmp_path: Path, before: str) -> None:
    (tmp_path / ".gitignore").write_text(before)
    init(tmp_path)
    text = (tmp_path / ".gitignore").read_text()
    assert text.startswith(before)
    assert set(before.splitlines()) | set(IGNORED) <= set(text.splitlines())


def test_a_gitignore_that_says_it_all_stays(tmp_path: Path) -> None:
    text = "".join(f"{line}\n" for line in IGNORED)
    (tmp_path / ".gitignore").write_text(text)
    plan = plan_init(tmp_path, FILES)
    assert plan.gitignore is None
    assert ".gitignore" not in plan.steps()
    apply_init(plan, FILES)
    assert (tmp_path / ".gitignore").read_text() == text


def test_only_what_is_missing_is_added(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text(f"{IGNORED[0]}\n")
    init(tmp_path)
    assert (tmp_path / ".gitignore").read_text().splitlines().count(IGNORED[0]) == 1


def test_containers_of_other_users_can_read_what_is_mounted(tmp_path: Path) -> None:
    init(tmp_path)
    for path in (tmp_path / "stacks").rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode in (0o755,) if path.is_dir() else mode in (0o644, 0o755), path
