"""The pre-commit hook that looks for secrets. A hook that is there already is kept, and runs first."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.errors import Refused

if TYPE_CHECKING:
    from stackctl.engine.git import Git
    from stackctl.workspace.files import Files

MARK = "# Made by stackctl secrets scan --install-hook"
KEPT = "pre-commit.before-stackctl"
EXECUTABLE = 0o755


@dataclass(frozen=True)
class HookPlan:
    """Which hook is written, and which one of somebody else is moved aside first."""

    path: Path
    text: str
    move: Path | None
    there: bool


def plan_hook(git: Git, files: Files, top: Path, root: Path) -> HookPlan:
    """Decide. core.hooksPath counts. Raises Refused where two hooks would have to be kept, ConfigError."""
    path = git.hooks(top) / "pre-commit"
    kept = path.with_name(KEPT)
    text = script(root.relative_to(top))
    data = files.read(path)
    ours = data is not None and MARK.encode() in data
    if data is not None and not ours and files.read(kept) is not None:
        raise Refused(
            f"{path} is a hook of somebody else, and {kept.name} is there from before",
            f"remove one of them, or call this from your own hook: {call(root.relative_to(top))}",
            code="exists",
        )
    return HookPlan(path, text, None if data is None or ours else kept, data == text.encode())


def install_hook(plan: HookPlan, files: Files) -> None:
    """Write the hook; a hook of somebody else is copied aside before it is replaced. Raises ConfigError."""
    if plan.there:
        return
    if plan.move is not None:
        files.write(plan.move, files.read(plan.path) or b"", EXECUTABLE)
    files.write(plan.path, plan.text.encode(), EXECUTABLE)


def script(below: Path) -> str:
    """Give the hook's text; `below` is where the workspace lies in the repository."""
    return f"""\
#!/bin/sh
{MARK}: no secret goes into a commit.
# Remove this file to be without it; `git commit --no-verify` passes it by once.
before="$(dirname "$0")/{KEPT}"
if [ -x "$before" ]; then
    "$before" "$@" || exit $?
fi
{call(below)}
"""


def call(below: Path) -> str:
    """Give the command that the hook runs. The stackctl that made it, else the one on the path."""
    own = shlex.quote(str(Path(sys.executable).with_name("stackctl")))
    change = "" if below == Path() else f" && cd {shlex.quote(str(below))}"
    return (
        f'cd "$(git rev-parse --show-toplevel)"{change} && '
        f"if [ -x {own} ]; then {own} secrets scan --staged; else stackctl secrets scan --staged; fi"
    )
