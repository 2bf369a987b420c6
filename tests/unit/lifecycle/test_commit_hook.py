from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from stackctl.engine.git import StagedFile
from stackctl.errors import Refused
from stackctl.lifecycle.commit_hook import KEPT, MARK, install_hook, plan_hook
from stackctl.workspace.files import DiskFiles


class FakeGit:
    """A repository whose hooks are in `.hooks`."""

    def top(self, folder: Path) -> Path:
        return folder

    def tracked(self, folder: Path) -> list[Path]:
        return []

    def has(self, folder: Path, paths: Sequence[Path]) -> frozenset[Path]:
        return frozenset()

    def staged(self, top: Path) -> list[StagedFile]:
        return []

    def hooks(self, top: Path) -> Path:
        return top / ".hooks"

    def clone(self, top: Path, target: Path) -> None:
        raise NotImplementedError


def install(top: Path, root: Path | None = None) -> Path:
    plan = plan_hook(FakeGit(), DiskFiles(), top, root or top)
    install_hook(plan, DiskFiles())
    return plan.path


def test_a_first_hook_is_written_and_can_be_run(tmp_path: Path) -> None:
    path = install(tmp_path)
    assert path == tmp_path / ".hooks" / "pre-commit"
    assert path.stat().st_mode & 0o777 == 0o755
    assert MARK in path.read_text()
    subprocess.run(["sh", "-n", path], check=True)
    before = path.stat().st_mtime_ns
    assert install(tmp_path).stat().st_mtime_ns == before, "the same hook is not written again"


@pytest.mark.parametrize(("code", "runs"), [(0, True), (3, False)])
def test_the_hook_that_was_there_is_kept_and_decides_first(tmp_path: Path, code: int, runs: bool) -> None:
    before = tmp_path / ".hooks" / "pre-commit"
    before.parent.mkdir()
    before.write_text(f"#!/bin/sh\necho theirs\nexit {code}\n")
    before.chmod(0o755)
    path = install(tmp_path, tmp_path / "sub dir")
    assert (path.parent / KEPT).read_text().startswith("#!/bin/sh\necho theirs")
    (tmp_path / "sub dir").mkdir()
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "git").write_text(f"#!/bin/sh\necho {tmp_path}\n")
    (tools / "stackctl").write_text('#!/bin/sh\necho "ours $* in $(pwd)"\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    text = path.read_text().replace("if [ -x /", "if false && [ -x /")
    path.write_text(text)
    done = subprocess.run(
        [path], env={"PATH": f"{tools}:{os.environ['PATH']}"}, capture_output=True, text=True, cwd=tmp_path, check=False
    )
    ours = f"ours secrets scan --staged in {tmp_path}/sub dir\n"
    assert done.stdout == "theirs\n" + (ours if runs else "")
    assert done.returncode == code


def test_two_hooks_of_others_are_never_overwritten(tmp_path: Path) -> None:
    path = install(tmp_path)
    path.write_text("#!/bin/sh\n")
    (path.parent / KEPT).write_text("#!/bin/sh\n")
    with pytest.raises(Refused, match="a hook of somebody else"):
        install(tmp_path)
    assert path.read_text() == "#!/bin/sh\n"


def test_our_own_older_hook_is_replaced_and_nothing_is_moved(tmp_path: Path) -> None:
    path = install(tmp_path)
    path.write_text(f"#!/bin/sh\n{MARK}: an older one\n")
    install(tmp_path)
    assert "an older one" not in path.read_text()
    assert not (path.parent / KEPT).exists()
