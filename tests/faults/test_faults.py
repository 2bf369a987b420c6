"""Each way to fail, on the real engine: plain Compose starts it, `stackctl why` must name code and service."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.engine.cli import free_ports, plain_environment
from tests.faults.cases import CASES
from tests.faults.made import Fault

RUN = f"f{uuid4().hex[:7]}"
SETTLE_SECONDS = 30.0
# A service may take its time until it finds what is wrong with its files.
ENDS = ("service-config-invalid", "permission-denied", "data-corrupt", "data-version-mismatch", "auth-failed")

pytestmark = pytest.mark.engine


def docker(*words: str, here: Path | None = None, timeout: float = 60.0) -> str:
    done = subprocess.run(
        ("docker", *words),
        cwd=here,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        stdin=subprocess.DEVNULL,
        env=plain_environment(),
    )
    return done.stdout


@pytest.fixture
def held_port() -> Iterator[int]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        yield held.getsockname()[1]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_first_cause_is_named(case: Fault, tmp_path: Path, held_port: int) -> None:
    project = f"{RUN}-{case.name}"
    folder = tmp_path / project
    folder.mkdir()
    for name, text in case.files.items():
        path = folder / name.removesuffix("+x")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("latin-1"))
        path.chmod(0o755 if name.endswith("+x") else 0o644)
    text = case.compose.replace("HELD", str(held_port)).replace("PORT1", str(free_ports(1))).replace("TOKEN", project)
    (folder / "compose.yaml").write_text(f"name: {project}\n{text}")
    try:
        docker("compose", "up", "-d", "--quiet-pull", here=folder)
        settle(project, ends=case.code in ENDS)
        answer = why(folder, tmp_path / "home")
        verdict = answer["data"]["verdict"]
        shown = json.dumps(answer["data"]["verdicts"], indent=1)
        got = (verdict["code"], verdict["service"] or "") if verdict else ("", "")
        assert got == (case.code, case.service), f"{shown}\n{docker('compose', 'ps', '-a', here=folder)}"
        assert answer["exit_code"] == (5 if case.code else 0)
        if case.code:
            assert len(answer["data"]["verdicts"]) == 1, shown
            assert verdict["evidence"], shown
            assert verdict["fix"]["text"], shown
            assert set(verdict["because_of_it"]) == set(case.hit), shown
        assert "s3cretvalue" not in shown or "requirepass" in text
    finally:
        docker("compose", "-p", project, "down", "-v", "-t", "0", "--remove-orphans")


def settle(project: str, *, ends: bool) -> None:
    """Wait until nothing is about to change: no first probes, restarts enough to be a loop, an end where one comes."""
    end = time.monotonic() + SETTLE_SECONDS
    form = (
        "{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}-{{end}} "
        "{{.HostConfig.RestartPolicy.Name}} {{.RestartCount}} {{.State.StartedAt}}"
    )
    calm = 0
    while time.monotonic() < end and calm < 3:
        ids = docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={project}").split()
        rows = [row.split() for row in docker("inspect", "--format", form, *ids).splitlines()] if ids else []
        busy = [row for row in rows if row[1] == "starting"]
        busy += [row for row in rows if row[0] == "restarting" and int(row[3]) < 3]
        busy += rows if ends and not any(row[0] in ("exited", "restarting") for row in rows) else []
        calm = 0 if busy else calm + 1
        time.sleep(0.4)
    time.sleep(1.5)


def why(folder: Path, home: Path) -> Any:
    done = subprocess.run(
        (sys.executable, "-m", "stackctl", "why", "--json"),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**plain_environment(), "STACKCTL_HOME": str(home)},
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)
