"""`stackctl logs` where the engine itself goes, and where there is very much to read."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.engine.cli import STACKCTL, TOOLS, eventually, plain_environment
from tests.engine.conftest import Project
from tests.engine.private_engine import TINY, private_engine
from tests.memory import peak_memory

pytestmark = [pytest.mark.engine, pytest.mark.slow]

BEATS = f"""
services:
  beat:
    image: "{TINY}"
    command: [sh, -c, 'n=0; while true; do n=$$((n+1)); echo "INFO: beat $$n"; sleep 0.1; done']
    restart: always
    stop_grace_period: 0s
  still:
    image: "{TINY}"
    command: [sh, -c, 'echo "INFO: still here"; sleep 900']
    restart: always
    stop_grace_period: 0s
"""
MOST_MEMORY = 150 * 1024  # KiB


@pytest.mark.xdist_group("private-engine")
def test_an_engine_that_restarts_is_waited_for_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    folder = tmp_path / "beats"
    folder.mkdir()
    (folder / "compose.yaml").write_text(BEATS)
    out, err = tmp_path / "out", tmp_path / "err"

    def messages() -> list[str]:
        lines = out.read_text().splitlines(keepends=True)
        return [
            row["message"]
            for row in map(json.loads, (i for i in lines if i.endswith("\n")))
            if row["service"] == "beat"
        ]

    with private_engine() as engine, out.open("wb") as to, err.open("wb") as complaints:
        env = {**plain_environment(), **engine.env, "STACKCTL_HOME": str(tmp_path / "home")}
        subprocess.run(("docker", "compose", "up", "-d"), cwd=folder, env=env, capture_output=True, check=True)
        follower = subprocess.Popen(
            (str(STACKCTL), "logs", "-f", "--json"), cwd=folder, env=env, stdout=to, stderr=complaints
        )
        try:
            eventually(lambda: len(messages()) > 5, "it follows")
            for end in (engine.stop, engine.kill):
                seen = len(messages())
                end()
                eventually(lambda: "engine has gone" in err.read_text(), "it says that the engine has gone")
                engine.start()
                eventually(lambda known=seen: len(messages()) > known + 5, "it reads on")  # type: ignore[misc]
                assert follower.poll() is None
            assert err.read_text().count("engine is back") == err.read_text().count("engine has gone") >= 1
            number = engine.docker("ps", "-aq", "--filter", "label=com.docker.compose.service=beat").strip()
            engine.docker("update", "--restart", "no", number)
            engine.docker("kill", number)
            wanted = [line.removeprefix("INFO: ") for line in engine.docker("logs", number).splitlines()]
            eventually(lambda: len(messages()) >= len(wanted), "all has come")
            follower.send_signal(signal.SIGINT)
            assert follower.wait(60) == 130
        finally:
            follower.kill()
            follower.wait()
    assert messages() == wanted
    assert "Traceback" not in err.read_text()


@pytest.mark.parametrize(
    "megabytes", [pytest.param(60, id="60 MB"), pytest.param(1000, id="1 GB", marks=pytest.mark.soak)]
)
def test_a_large_log_takes_no_more_memory_than_a_small_one(project: Project, megabytes: int) -> None:
    # 60 MB are more than is ever held, and enough to see a reader that keeps what it has read.
    line = '{"level":"info","message":"' + "x" * 900 + '"}'
    lines = megabytes * 1100
    cli = project(
        compose__yaml=f"""
services:
  big:
    image: {TOOLS}
    command: [sh, -c, "yes '{line.replace('"', chr(92) + '"')}' | head -n {lines}"]
"""
    )
    cli.compose("up", "-d")
    eventually(lambda: not cli.compose("ps", "-q", "--status", "running").strip(), "it has ended")
    painted, export = ("--color", "always"), ("--export", "all.jsonl.zst")
    for words in (painted, ("--json",), ("--grep", "y"), ("--level", "error"), export, ("--tail", "100")):
        with subprocess.Popen(
            (str(STACKCTL), "logs", *words), cwd=cli.folder, env=cli.environment(), stdout=subprocess.DEVNULL
        ) as reader:
            most = peak_memory(reader)
        assert reader.returncode == 0
        assert most < MOST_MEMORY, words
    assert len(cli("logs", "--tail", "100").out.splitlines()) == 100
