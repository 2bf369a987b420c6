"""What a wait must survive: many services, loud probes and logs, impatient users, an engine that goes away."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.engine.cli import PATIENCE, REDIS, TOOLS, containers, docker, ended, eventually, finish, plain_environment
from tests.engine.private_engine import TINY, private_engine

if TYPE_CHECKING:
    from tests.engine.cli import Answer, Cli
    from tests.engine.conftest import Project
    from tests.engine.private_engine import PrivateEngine

pytestmark = [pytest.mark.engine, pytest.mark.slow]

NEVER = 'healthcheck: {test: ["CMD", "false"], interval: 60s, retries: 9}'


def service(name: str, *more: str, command: str = "sleep 1000", image: str = TOOLS) -> str:
    lines = "".join(f"    {line}\n" for line in more)
    return f"""  {name}:
    image: {image}
    init: true
    command: ["sh", "-c", {_quoted(command)}]
    stop_grace_period: 1s
{lines}"""


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def stack(project: Project, *services: str) -> Cli:
    return project(compose__yaml="services:\n" + "".join(services))


def left_behind(word: str) -> list[str]:
    """The docker commands that still run for a project."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if words[0].rpartition("/")[2] == "docker" and any(word in item for item in words):
            found.append(" ".join(words))
    return found


def test_a_hundred_services(project: Project) -> None:
    check = 'healthcheck: {test: ["CMD", "true"], interval: 30s}'
    names = [f"s{number:03}" for number in range(100)]
    rows = [service(name, "network_mode: none", *([check] if name.endswith("0") else [])) for name in names]
    answer = stack(project, *rows)("up", "--json", timeout=600)
    assert {row["service"]: row["state"] for row in answer.data["services"]} == dict.fromkeys(names, "ready")


@pytest.mark.parametrize(
    "probe",
    ["head -c 1000000 /dev/zero | tr '\\\\0' x; exit 1", "head -c 20000 /dev/urandom; exit 1"],
    ids=["a megabyte", "binary"],
)
def test_a_probe_that_is_too_loud(project: Project, probe: str) -> None:
    check = f'healthcheck: {{test: ["CMD-SHELL", {_quoted(probe)}], interval: 1s, retries: 2}}'
    cli = stack(project, service("db", check), service("web", "depends_on: {db: {condition: service_healthy}}"))
    answer = cli("up", "--json", code=5)
    assert "db" in answer.error["message"]
    assert max(len(line) for line in answer.error["message"].splitlines()) < 1000
    again = cli("wait", code=5)
    assert "db" in again.text
    assert len(again.text) < 20000


def test_huge_logs(project: Project) -> None:
    loud = (
        "yes 'all is well, all is well, all is well' | head -n 400000; head -c 5000000 /dev/zero | tr '\\\\0' x; exit 3"
    )
    answer = stack(project, service("app", NEVER, command=loud))("up", "--json", code=5)
    assert "app" in answer.error["message"]
    assert len(answer.out) < 200_000


@pytest.mark.parametrize("times", [1, 2])
def test_an_impatient_user(project: Project, times: int) -> None:
    cli = stack(project, service("db", NEVER))
    with ended(cli.start("up")) as process:
        assert process.stderr is not None
        eventually(lambda: containers(cli.folder.name).get("db"), "the container")
        for _number in range(times):
            os.kill(process.pid, signal.SIGINT)
            time.sleep(0.05)
        answer = finish(process, timeout=30)
    assert answer.code == 130, answer
    assert "Traceback" not in answer.text
    assert containers(cli.folder.name)["db"]
    eventually(lambda: not left_behind(cli.folder.name), "the end of every docker command")


def test_a_wait_that_is_told_to_end_leaves_no_stream(project: Project) -> None:
    cli = stack(project, service("db", NEVER))
    cli("up", "--no-wait")
    with ended(cli.start("wait")) as process:
        eventually(lambda: any(" events " in line for line in left_behind(cli.folder.name)), "the stream of events")
        os.kill(process.pid, signal.SIGTERM)
        assert finish(process, timeout=30).code == 130
    eventually(lambda: not left_behind(cli.folder.name), "the end of the stream")


def test_a_stream_that_dies_does_not_end_the_wait(project: Project) -> None:
    check = 'healthcheck: {test: ["CMD", "test", "-e", "/tmp/well"], interval: 1s, retries: 90}'
    cli = stack(project, service("db", check))
    cli("up", "--no-wait")
    with ended(cli.start("wait", "--json", "--timeout", "60s")) as process:
        number = eventually(lambda: _stream_of(process.pid), "the stream of events")
        os.kill(number, signal.SIGKILL)
        docker("exec", *containers(cli.folder.name)["db"], "touch", "/tmp/well")
        answer = finish(process, timeout=30)
    assert answer.code == 0, answer


def _stream_of(parent: int) -> int | None:
    for path in Path("/proc").glob("[0-9]*/status"):
        try:
            if f"PPid:\t{parent}\n" in path.read_text() and b"\0events\0" in path.with_name("cmdline").read_bytes():
                return int(path.parent.name)
        except OSError:
            continue
    return None


def test_two_starts_at_once(project: Project) -> None:
    check = 'healthcheck: {test: ["CMD", "test", "-e", "/tmp/well"], interval: 1s, retries: 90}'
    cli = stack(project, service("db", check))
    with ended(cli.start("up", "--json")) as first:
        eventually(lambda: containers(cli.folder.name).get("db"), "the container")
        with ended(cli.start("up", "--lock-wait", "60s")) as second:
            assert second.stderr is not None
            assert f"process {first.pid}" in second.stderr.readline()
            docker("exec", *containers(cli.folder.name)["db"], "touch", "/tmp/well")
            assert finish(first, timeout=60).code == 0
            answer = finish(second, timeout=60)
    assert answer.code == 0, answer
    assert "nothing changed" in answer.out


def test_the_timeline_after_the_fact(project: Project) -> None:
    # Few probes afterwards: the engine keeps the last five, and a busy machine asks late.
    check = 'healthcheck: {test: ["CMD", "true"], interval: 60s, start_period: 20s, start_interval: 1s}'
    cli = stack(project, service("db", check), service("web", "depends_on: {db: {condition: service_healthy}}"))
    cli("timeline", code=2)
    assert cli.shell(f"cd {cli.folder} && docker compose up -d --wait").code == 0
    (start,) = cli("timeline", "--json").data["starts"]
    rows = {row["service"]: row for row in start["services"]}
    assert 0 <= rows["db"]["created"] <= rows["db"]["started"] <= rows["db"]["first_probe"] <= rows["db"]["ready"]
    assert rows["web"]["started"] >= rows["db"]["ready"]
    assert rows["web"]["waited_for"] == ["db"]
    assert [item["service"] for item in start["chain"]] == ["db", "web"]
    assert sum(item["seconds"] for item in start["chain"]) == pytest.approx(start["seconds"], abs=0.05)
    cli("down")
    cli("up")
    text = cli("timeline", "--last", "1").out
    assert "db" in text.splitlines()[2]
    assert "→ web" in text.splitlines()[-1]
    assert len(cli("timeline", "--last", "9", "--json").data["starts"]) == 1  # plain Compose's is gone with it
    assert "longest chain: db" in cli("up", "--force-recreate").out
    assert len(cli("timeline", "--last", "9", "--json").data["starts"]) == 2


def on(engine: PrivateEngine, cli: Cli) -> Cli:
    return cli.having(**engine.env)


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_an_engine_that_goes_away_while_we_wait(project: Project, how: str) -> None:
    with private_engine() as engine:
        cli = on(engine, stack(project, service("db", NEVER, image=TINY)))
        with ended(cli.start("up", "--json")) as process:
            eventually(lambda: engine.docker("ps", "-q").strip(), "the container")
            time.sleep(0.5)
            engine.stop() if how == "stopped" else engine.kill()
            answer: Answer = finish(process, timeout=60)
        assert answer.code == 4, answer
        assert answer.error["code"] == "engine-unreachable"
        assert "Traceback" not in answer.text


def test_a_store_that_nobody_here_can_reach_is_asked_by_a_helper(project: Project) -> None:
    """The engine's containers live in another network than ours, as those of Docker Desktop do."""
    lazy = "sleep 4; exec redis-server --bind 0.0.0.0 --requirepass secret"
    store = service("cache", 'entrypoint: ["sh", "-c", "' + lazy + '"]', "healthcheck: {disable: true}", image=REDIS)
    with private_engine() as engine:
        _copy(engine, TOOLS, REDIS)
        cli = on(engine, stack(project, store))
        (row,) = cli("up", "--json", "--images", "registry").data["services"]
        assert row["state"] == "ready"
        assert row["seconds"] > 4
        assert engine.docker("ps", "-aq", "--filter", "label=stackctl.helper") == ""


def _copy(engine: PrivateEngine, *images: str) -> None:
    with subprocess.Popen(("docker", "save", *images), stdout=subprocess.PIPE, env=plain_environment()) as saved:
        subprocess.run(
            ("docker", "load", "--quiet"),
            stdin=saved.stdout,
            stdout=subprocess.DEVNULL,
            env={**plain_environment(), **engine.env},
            timeout=PATIENCE,
            check=True,
        )
