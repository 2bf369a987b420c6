from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.workspace.files import DiskFiles
from stackctl.workspace.owner import record_owner, recorded_owner


def test_the_first_folder_is_remembered_and_no_later_one(tmp_path: Path) -> None:
    files, folder = DiskFiles(), tmp_path / "projects" / "shop"
    assert recorded_owner(folder, files) == ""
    record_owner(folder, Path("/srv/one"), files)
    record_owner(folder, Path("/srv/two"), files)
    assert recorded_owner(folder, files) == "/srv/one"
    assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", '"x"'])
def test_a_damaged_record_is_nobodys(tmp_path: Path, text: str) -> None:
    (tmp_path / "owner.json").write_text(text)
    assert recorded_owner(tmp_path, DiskFiles()) == ""
    record_owner(tmp_path, Path("/srv/one"), DiskFiles())
    assert recorded_owner(tmp_path, DiskFiles()) == "/srv/one"
