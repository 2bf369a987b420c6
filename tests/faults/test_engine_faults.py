"""Faults of the engine itself: stopped, killed in the middle, out of subnets, out of disk; on engines of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.cli import plain_environment
from tests.engine.private_engine import TINY, PrivateEngine, private_engine

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("private-engine")]

SLEEPER = f'{{image: "{TINY}", command: [sleep, "600"]}}'
# One pool of four: the engine's own bridge takes one.
POOLS = ("--default-address-pool", "base=10.233.0.0/22,size=24")
ANSWER_SECONDS = 60


class Project:
    """A folder with a Compose file, and the command line on a private engine."""

    def __init__(self, engine: PrivateEngine, folder: Path, services: str) -> None:
        self.engine, self.folder = engine, folder
        folder.mkdir(exist_ok=True)
        (folder / "compose.yaml").write_text(f"services:\n{services}")
        self.env = {**plain_environment(), **engine.env, "STACKCTL_HOME": str(folder.parent / "home")}

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            (sys.executable, "-m", "stackctl", *words, "--json"),
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *words: str) -> Any:
        return answered(self.start(*words))

    def compose(self, *words: str) -> None:
        """What plain Compose does, well or badly."""
        subprocess.run(
            ("docker", "compose", *words), cwd=self.folder, env=self.env, capture_output=True, check=False, timeout=120
        )


def answered(process: subprocess.Popen[str]) -> Any:
    """The envelope of a command, which comes within a minute and without a traceback."""
    out, err = process.communicate(timeout=ANSWER_SECONDS)
    assert "Traceback" not in err, err
    return json.loads(out)


@pytest.fixture(scope="module")
def engine() -> Iterator[PrivateEngine]:
    with private_engine(*POOLS) as found:
        yield found


def test_a_stopped_engine_is_said_by_every_command(engine: PrivateEngine, tmp_path: Path) -> None:
    project = Project(engine, tmp_path / "stopped", f"  app: {SLEEPER}\n")
    engine.stop()
    try:
        for command in ("why", "up", "wait", "status"):
            answer = project(command)
            assert (answer["exit_code"], answer["error"]["code"]) == (4, "engine-unreachable"), answer
            assert answer["error"]["hint"]
    finally:
        engine.start()


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_an_engine_that_ends_in_the_middle_of_a_wait_is_said(engine: PrivateEngine, tmp_path: Path, end: str) -> None:
    check = "{test: [CMD-SHELL, 'test -f /never'], interval: 300ms, retries: 1000}"
    app = f'{{image: "{TINY}", command: [sleep, "600"], healthcheck: {check}}}'
    project = Project(engine, tmp_path / f"middle-{end}", f"  app: {app}\n")
    waiting = project.start("up", "--timeout", "1h")
    patience = time.monotonic() + 30
    while not engine.docker("ps", "-q", "--filter", f"label=com.docker.compose.project=middle-{end}", check=False):
        assert time.monotonic() < patience
        time.sleep(0.1)
    time.sleep(1)
    getattr(engine, end)()
    try:
        answer = answered(waiting)
        assert (answer["exit_code"], answer["error"]["code"]) == (4, "engine-unreachable"), answer
    finally:
        engine.start()
    # What was left behind is no obstacle: the next command says what there is, and takes it away.
    assert project("why")["exit_code"] in (0, 5)
    assert project("down", "--yes")["exit_code"] == 0


def test_an_engine_without_a_subnet_left(engine: PrivateEngine, tmp_path: Path) -> None:
    networks = "".join(f"  n{number}: {{}}\n" for number in range(6))
    joined = ", ".join(f"n{number}" for number in range(6))
    app = f'{{image: "{TINY}", command: [sleep, "600"], networks: [{joined}]}}'
    project = Project(engine, tmp_path / "pools", f"  app: {app}\nnetworks:\n{networks}")
    answer = project("up")
    assert (answer["exit_code"], answer["error"]["code"]) == (5, "address-pool-exhausted"), answer
    project.compose("down")
    project.compose("up", "-d")  # plain Compose keeps its complaint for itself
    verdict = project("why")["data"]["verdict"]
    assert verdict["code"] == "address-pool-exhausted", verdict
    assert verdict["fix"]["command"], verdict
    project.compose("down")


def test_a_full_disk_of_the_engine(tmp_path: Path) -> None:
    with private_engine(disk="64m") as small:
        filler = Project(
            small,
            tmp_path / "filler",
            f'  app: {{image: "{TINY}", command: [sh, -c, "dd if=/dev/zero of=/big bs=1M; exec sleep 600"]}}\n',
        )
        filler.compose("up", "-d")
        patience = time.monotonic() + 30
        while _free(small) > 100_000:
            assert time.monotonic() < patience
            time.sleep(0.2)
        project = Project(small, tmp_path / "full", f"  app: {SLEEPER}\n")
        answer = project("up")
        assert (answer["exit_code"], answer["error"]["code"]) == (5, "disk-full"), answer
        project.compose("up", "-d")
        verdict = project("why")["data"]["verdict"]
        assert verdict["code"] == "disk-full", verdict


def _free(engine: PrivateEngine) -> int:
    facts = os.statvfs(engine.folder / "data")
    return facts.f_bavail * facts.f_frsize
