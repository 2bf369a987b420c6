"""Completion: the scripts are accepted by their shells, the words come from files, and Docker code is never loaded."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stackctl.cli.commands import COMMANDS
from tests.unit.cli.runs import answer, golden

SHELLS = ("bash", "zsh", "fish")
SERVICES = ["core", "grafana", "jaeger", "jaeger-init", "mongodb", "prometheus", "redis", "redis-exporter"]
HEAVY = ("python_on_whales", "rich", "stackctl.engine.docker", "stackctl.lifecycle.up")

ASK = """
import json, sys
from stackctl.cli.main import main
try:
    main()
finally:
    print(json.dumps([name for name in HEAVY if name in sys.modules]), file=sys.stderr)
"""


def completed(folder: Path, *words: str) -> list[str]:
    """What a shell is offered for the last word; fails when completing loads what it need not."""
    env = {**os.environ, "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    env |= {"_STACKCTL_COMPLETE": "bash_complete"}
    code = f"HEAVY = {HEAVY!r}\n{ASK}"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert json.loads(done.stderr.splitlines()[-1]) == [], done.stderr
    return [line.split(",", 1)[1] for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_the_golden_one(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = answer(capsys, "completion", shell)
    assert (said.code, said.err) == (0, "")
    assert said.out == golden(f"completion.{shell}", said.out)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_accepts_the_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell} on this machine")
    script = answer(capsys, "completion", shell).out
    done = subprocess.run([program, "-n"], input=script, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_shell_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    said = answer(capsys, "completion", "bahs")
    assert said.code == 2
    assert "did you mean “bash”?" in said.err
    assert answer(capsys, "completion").code == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("stackctl", "up", ""), ["dev", "prod", *SERVICES]),
        (("stackctl", "up", "p"), ["prod", "prometheus"]),
        (("stackctl", "up", "dev", "gr"), ["grafana"]),
        (("stackctl", "restart", "prod", "re"), ["redis", "redis-exporter"]),
        (("stackctl", "status", "-e", "d"), ["dev"]),
        (("stackctl", "up", "-s", ""), ["core"]),
        (("stackctl", "stat"), ["status"]),
        (("stackctl", "up", "--auto"), ["--auto-ports"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_offered(workspace: Path, words: tuple[str, ...], expected: list[str]) -> None:
    assert completed(workspace, *words) == expected


def test_every_command_is_offered(workspace: Path) -> None:
    assert set(COMMANDS) <= set(completed(workspace, "stackctl", ""))


def test_the_projects_own_commands_are_offered_and_listed(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = workspace / "stacks" / "core" / "base.yml"
    own = "  commands: {migrate: {service: core, run: [migrate]}, mint: {service: core, run: [mint], help: Make it.}}"
    base.write_text(base.read_text().replace("  default: true", f"  default: true\n{own}"))
    assert completed(workspace, "stackctl", "do", "mi") == ["migrate", "mint"]
    page = answer(capsys, "do", "--help").out
    assert "Commands of this project" in page
    assert "mint     Make it." in page
    assert [item["name"] for item in answer(capsys, "do", "--json").envelope["data"]["commands"]] == ["migrate", "mint"]


def test_nothing_is_offered_where_there_is_no_project(tmp_path: Path) -> None:
    assert completed(tmp_path, "stackctl", "up", "") == []


def test_broken_files_stay_silent(workspace: Path) -> None:
    (workspace / "stacks" / "core" / "dev.yml").write_text("services: [\n")
    assert completed(workspace, "stackctl", "up", "d") == ["dev"]
