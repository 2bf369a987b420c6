"""`stackctl init` in projects as they are found in public, and their first day after it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.engine.cli import ROOT, TOOLS, Cli, containers, eventually, free_ports, http, states, volumes
from tests.engine.killing import Killing
from tests.engine.mounting import mounted
from tests.engine.terminal import on_terminal

if TYPE_CHECKING:
    from tests.engine.conftest import Project

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("init-projects")]

PUBLIC = ROOT / "tests" / "unit" / "onboard" / "projects"
SECRET = "canary-7f3a-not-to-be-seen"
SMALL = {
    "compose__yaml": "services: {web: {image: nginx, ports: ['8080:80'], environment: ['T=${TOKEN}']}}\n",
    "compose__override__yaml": f"services:\n  web:   # mine\n    environment: {{API_TOKEN: {SECRET}}}\n",
    "__env": f"TOKEN={SECRET}\n",
}
NEW = ("compose.dev.yaml", "compose.prod.yaml", ".env.template", ".gitignore")


def files(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file() and ".stackctl" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def public(project: Project, name: str, *changes: tuple[str, str]) -> Cli:
    """A public project whose images and ports are replaced by those that this machine has."""
    cli = project()
    shutil.copytree(PUBLIC / name, cli.folder, dirs_exist_ok=True)
    for path in sorted(cli.folder.glob("*.y*ml")):
        text = path.read_text()
        for pattern, instead in changes:
            text = re.sub(pattern, instead, text)
        path.write_text(text)
    return cli


def first_day(cli: Cli, url: str, running: set[str]) -> None:
    """From `init` to `down`, as its user does it."""
    mine = files(cli.folder)
    refused = cli("init", "--json", code=7)
    assert refused.error["code"] == "needs-yes"
    assert files(cli.folder) == mine
    cli("init", "--yes")
    assert {name: data for name, data in files(cli.folder).items() if name in mine} == mine
    data = cli("up", "dev", "--json").data
    assert {row["service"]: row["state"] for row in data["services"]} == dict.fromkeys(running, "ready")
    # A service that could be given no label is ready when it has run for a second, which is not yet an answer.
    eventually(lambda: http(url).status == 200, f"an answer at {url}")
    name = data["project"]
    assert set(states(name)) == running
    assert f"{len(running)} of {len(running)} well" in cli("status", "dev").out
    eventually(lambda: "GET / " in cli("logs", "-e", "dev").out, "the request in the logs")
    cli("down", "dev")
    assert containers(name) == {}


def test_a_rails_project_with_extends_reset_and_two_stores(project: Project) -> None:
    port = free_ports(1)
    cli = public(
        project,
        "rails",
        (r"name: bookclub\n", ""),
        ("postgres:16", "stackctl/postgres:local"),
        ('"redis:7"', "stackctl/redis:local"),
        (r"build: \.", f"image: {TOOLS}\n    init: true"),
        (r"command: bash.*", 'command: [python3, -m, http.server, "3000"]'),
        ("command: bundle exec sidekiq", "command: [sleep, '900']"),
        ("command: bin/rails.*", "command: [sleep, '900']"),
        ('"3000:3000"', f'"127.0.0.1:{port}:3000"'),
    )
    first_day(cli, f"http://127.0.0.1:{port}/", {"db", "redis", "web", "sidekiq", "css"})
    assert len(volumes(cli.folder.name)) == 3, "data is kept"


def test_a_project_with_anchors_profiles_and_configs(project: Project) -> None:
    port = free_ports(1)
    cli = public(
        project,
        "anchors-and-profiles",
        (
            r"(gateway:\n    <<: \*base\n)    image: \S+",
            rf'\1    init: true\n    image: {TOOLS}\n    command: [python3, -m, http.server, "8000"]',
        ),
        (r"image: ghcr\S+", f"image: {TOOLS}"),
        (r'command: \["run".*', "init: true\n    command: [sleep, '900']"),
        ("18000:8000", f"127.0.0.1:{port}:8000"),
    )
    first_day(cli, f"http://127.0.0.1:{port}/", {"gateway", "jobs"})


def test_on_a_terminal_it_asks_and_a_no_changes_nothing(project: Project) -> None:
    cli = project("", **SMALL)
    mine = files(cli.folder)
    shown = on_terminal(cli, "init", answers=[("write them? [y/N]: ", "n\n")], code=7)
    assert "+++ b/compose.dev.yaml" in shown
    assert SECRET not in shown
    assert files(cli.folder) == mine
    shown = on_terminal(cli, "init", answers=[("write them? [y/N]: ", "y\n")])
    assert "4 files written" in shown
    assert set(files(cli.folder)) == {*mine, *NEW}


def test_no_secret_is_in_any_output(project: Project) -> None:
    cli = project("", **SMALL)
    for words in (("init", "--dry-run"), ("init", "--json", "--dry-run"), ("init",), ("init", "--yes", "--json")):
        answer = cli(*words, code=None)
        assert answer.code in (0, 7)
        assert SECRET not in answer.text
    assert SECRET not in (cli.folder / ".env.template").read_text()


def test_killed_at_any_moment_the_next_run_finishes_it(project: Project, tmp_path: Path) -> None:
    cli = project("", **SMALL)
    mine = files(cli.folder)
    cli("init", "--yes")
    whole = files(cli.folder)
    kill, killed, seen = Killing(cli, tmp_path / "hook", (cli.folder,)), True, set()
    for at in range(1, 200, 5):
        for name in NEW:
            (cli.folder / name).unlink(missing_ok=True)
        killed = kill(at, "init", "--yes")
        there = {name: data for name, data in files(cli.folder).items() if ".stackctl-" not in name}
        assert mine.items() <= there.items() <= whole.items(), f"killed at change {at}"
        seen.add(len(there))
        if not killed:
            break
    assert not killed
    assert len(seen) > 2, "it was killed at the beginning, in the middle and at the end"
    for name in ("compose.prod.yaml", ".gitignore"):
        (cli.folder / name).unlink()
    (cli.folder / ".compose.prod.yaml.stackctl-0123abcd").write_text("half")
    cli("init", "--yes")
    assert files(cli.folder) == whole


def test_a_read_only_folder_can_be_looked_at_and_says_why_it_stays(project: Project) -> None:
    cli = project("", **SMALL)
    mine = files(cli.folder)
    shown = mounted(
        cli,
        """
        mount --bind . . && mount -o remount,bind,ro . && cd "$PWD"
        "$S" init --dry-run; echo "code $?"
        "$S" init --yes; echo "code $?"
        """,
    )
    assert "+++ b/compose.dev.yaml" in shown
    assert "code 0" in shown
    assert "cannot be written: Read-only file system" in shown
    assert "code 3" in shown
    assert files(cli.folder) == mine
