"""Which folder a Compose project name belongs to: two folders of one name share a project in Compose, and its data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackctl.workspace.files import Files


def recorded_owner(project_home: Path, files: Files) -> str:
    """Give the folder that first stored something under this project name, or nothing."""
    data = files.read(project_home / "owner.json")
    if data is None:
        return ""
    try:
        return str(json.loads(data)["root"])
    except (ValueError, KeyError, TypeError):
        return ""


def record_owner(project_home: Path, root: Path, files: Files) -> None:
    """Remember the folder, if nobody is remembered yet."""
    if not recorded_owner(project_home, files):
        files.make_dir(project_home)
        files.write(project_home / "owner.json", json.dumps({"root": str(root)}).encode())
