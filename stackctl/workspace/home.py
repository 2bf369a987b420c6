"""Where stackctl keeps things: what must outlive the checkout, and what can be made again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackctl.workspace.files import Files


def home(shell: Mapping[str, str]) -> Path:
    """Give $STACKCTL_HOME, by default ${XDG_DATA_HOME:-~/.local/share}/stackctl."""
    if shell.get("STACKCTL_HOME"):
        return Path(shell["STACKCTL_HOME"]).expanduser().absolute()
    data = shell.get("XDG_DATA_HOME") or str(Path(shell.get("HOME") or Path.home()) / ".local" / "share")
    return Path(data) / "stackctl"


def project_home(shell: Mapping[str, str], project: str) -> Path:
    """Give the folder of one Compose project: volumes outlive a checkout, so their facts must too."""
    return home(shell) / "projects" / project


def secrets_dir(shell: Mapping[str, str], project: str) -> Path:
    """Give the folder that holds the project's secrets, one value per file."""
    return project_home(shell, project) / "secrets"


# Files in a project's home that say what is under way. Every start looks for them, and need not import who writes them.
JOURNAL = "backup-journal.json"
FORKING = "fork.json"  # the project's data is being copied


def first_run_file(root: Path, project: str) -> Path:
    """Give the file that is there while a first start is under way (see onboard/first_run.py).

    It stands here because every `up` looks for it: to import that module would cost more than the look.
    """
    return scratch(root, project) / "first-run.json"


def scratch(root: Path, project: str, files: Files | None = None) -> Path:
    """Give `.stackctl/<project>/` in the user's folder; with `files`, make it and keep git away from it."""
    top = root / ".stackctl"
    if files is not None:
        files.make_dir(top / project, 0o755)
        if files.read(top / ".gitignore") is None:
            files.write(top / ".gitignore", b"# made by stackctl; all of it can be made again\n*\n", 0o644)
    return top / project
