from __future__ import annotations

import stat
from pathlib import Path

import pytest

from stackctl.workspace.files import DiskFiles
from stackctl.workspace.home import home, project_home, scratch, secrets_dir


@pytest.mark.parametrize(
    ("shell", "folder"),
    [
        ({"STACKCTL_HOME": "/x/y", "XDG_DATA_HOME": "/d", "HOME": "/h"}, "/x/y"),
        ({"STACKCTL_HOME": "", "XDG_DATA_HOME": "/d", "HOME": "/h"}, "/d/stackctl"),
        ({"HOME": "/h"}, "/h/.local/share/stackctl"),
    ],
)
def test_the_home_is_found(shell: dict[str, str], folder: str) -> None:
    assert home(shell) == Path(folder)


def test_the_home_is_never_relative() -> None:
    assert home({"STACKCTL_HOME": "here"}).is_absolute()


def test_a_project_keeps_its_things_by_its_name() -> None:
    shell = {"STACKCTL_HOME": "/x"}
    assert project_home(shell, "shop-dev") == Path("/x/projects/shop-dev")
    assert secrets_dir(shell, "shop-dev") == Path("/x/projects/shop-dev/secrets")


def test_asking_for_the_scratch_folder_makes_nothing(tmp_path: Path) -> None:
    assert scratch(tmp_path, "shop-dev") == tmp_path / ".stackctl" / "shop-dev"
    assert list(tmp_path.iterdir()) == []


def test_the_scratch_folder_keeps_git_away(tmp_path: Path) -> None:
    folder = scratch(tmp_path, "shop-dev", DiskFiles())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    ignore = tmp_path / ".stackctl" / ".gitignore"
    assert "*" in ignore.read_text().splitlines()
    ignore.write_text("mine\n")
    scratch(tmp_path, "shop-prod", DiskFiles())
    assert ignore.read_text() == "mine\n"
