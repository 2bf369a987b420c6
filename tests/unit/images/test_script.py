from __future__ import annotations

import os
from pathlib import Path

import pytest

from stackctl.errors import EngineError
from stackctl.images.script import HostScript
from stackctl.mask import Mask

SHELL = {"PATH": os.environ["PATH"], "AWS_SECRET_ACCESS_KEY": "leaked"}


def test_a_script_runs_in_its_folder_and_its_lines_are_masked(tmp_path: Path) -> None:
    lines: list[str] = []
    script = HostScript(SHELL, Mask(["hunter2hunter2"]))
    code = script(("bash", "-c", "pwd; echo hunter2hunter2; echo oops >&2; exit 3"), tmp_path, lines.append)
    assert code == 3
    assert sorted(lines) == sorted([f"{tmp_path}\n", "***\n", "oops\n"])


def test_a_script_sees_only_what_docker_may_see(tmp_path: Path) -> None:
    lines: list[str] = []
    HostScript(SHELL, Mask())(("bash", "-c", "env"), tmp_path, lines.append)
    assert "leaked" not in "".join(lines)


def test_a_shell_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no-such-shell"):
        HostScript(SHELL, Mask())(("no-such-shell", "x"), tmp_path, print)
