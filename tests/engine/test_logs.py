"""`stackctl logs` on a real engine: order, streams, following through whatever happens to containers, faults."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time

import pytest

from tests.engine.cli import STACKCTL, TOOLS, Cli, Json, container, docker, ended, eventually, finish
from tests.engine.conftest import Project

pytestmark = [pytest.mark.engine, pytest.mark.slow]

TWO = f"""
services:
  a:
    image: {TOOLS}
    volumes: [turns:/turns]
    command:
      - sh
      - -c
      - |
        turn() {{ until [ -e /turns/$$1 ]; do sleep 0.05; done; sleep 0.5; }}
        for n in 1 3 5; do turn $$((n-1)); echo "INFO: $$n"; touch /turns/$$n; done
        turn 6; echo "ERROR: last" >&2
  b:
    image: {TOOLS}
    volumes: [turns:/turns]
    command:
      - sh
      - -c
      - |
        turn() {{ until [ -e /turns/$$1 ]; do sleep 0.05; done; sleep 0.5; }}
        touch /turns/0
        for n in 2 4 6; do turn $$((n-1)); echo '{{"level":"warn","msg":"'$$n'","n":'$$n'}}'; touch /turns/$$n; done
volumes: {{turns: }}
"""
# What programs should not write, and do.
ODD = f"""
services:
  odd:
    image: {TOOLS}
    command:
      - sh
      - -c
      - |
        printf 'nul\\000 here\\n'; printf '\\377\\376 no utf-8\\n'; printf '\\033[31mred\\033[0m and \\033[2Jgone\\n'
        printf '10%%\\r50%%\\r100%% done\\n'; head -c 40000 /dev/zero | tr '\\000' x; echo
        printf '{{"level":"info","msg":"'; head -c 10000000 /dev/zero | tr '\\000' y; printf '"}}\\n'
        printf '\\n'; printf 'no end'
  none:
    image: {TOOLS}
    command: [echo, unreadable]
    logging: {{driver: none}}
  local:
    image: {TOOLS}
    command: [sh, -c, 'for n in 1 2 3; do echo "local $$n"; done']
    logging: {{driver: local}}
  quiet:
    image: {TOOLS}
    command: ["true"]
"""
TICK = f"""
services:
  tick:
    image: {TOOLS}
    command: [sh, -c, 'n=0; while true; do n=$$((n+1)); echo "INFO: tick $$n"; sleep 0.05; done']
    stop_grace_period: 0s
  boot:
    image: {TOOLS}
    command: [sh, -c, 'for n in 1 2 3 4 5; do echo "boot $$n of $$HOSTNAME"; done; sleep 900']
    stop_grace_period: 0s
"""


def exited(cli: Cli, *services: str) -> None:
    """Start the services with plain Compose and wait until all have ended: logs work on what others have started."""
    cli.compose("up", "-d", *services)
    eventually(lambda: not cli.compose("ps", "-q", "--status", "running").strip(), "all have ended")


def rows(cli: Cli, *words: str) -> list[Json]:
    return [json.loads(line) for line in cli("logs", *words, "--json").out.splitlines()]


def test_services_come_in_the_order_of_time_with_level_and_stream(project: Project) -> None:
    cli = project(compose__yaml=TWO)
    exited(cli)
    found = rows(cli)
    assert [row["message"] for row in found] == ["1", "2", "3", "4", "5", "6", "last"]
    assert [row["level"] for row in found] == ["info", "warn", "info", "warn", "info", "warn", "error"]
    assert [row["stream"] for row in found] == ["stdout"] * 6 + ["stderr"]
    assert found[1]["fields"] == {"n": 2}
    assert [row["time"] for row in found] == sorted(row["time"] for row in found)
    text = cli("logs").out.splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z b  WARN   2 n=2", text[1])
    assert [row["message"] for row in rows(cli, "--level", "error")] == ["last"]
    assert [row["message"] for row in rows(cli, "--stderr")] == ["last"]
    assert [row["message"] for row in rows(cli, "--field", "n>=4")] == ["4", "6"]
    assert [row["message"] for row in rows(cli, "--tail", "2")] == ["6", "last"]
    assert [row["message"] for row in rows(cli, "--tail-each", "1")] == ["6", "last"]
    assert [row["message"] for row in rows(cli, "b")] == ["2", "4", "6"]
    assert rows(cli, "--since", found[3]["time"]) == found[3:]
    assert [row["message"] for row in rows(cli, "--grep", '4$|"4"', "-C", "1")] == ["3", "4", "5"]


def test_an_export_is_read_back_as_it_was(project: Project) -> None:
    cli = project(compose__yaml=TWO)
    exited(cli)
    for name in ("x.jsonl", "x.jsonl.gz", "x.jsonl.zst"):
        cli("logs", "--export", name)
        assert cli("logs", "--file", name, "--json").out == cli("logs", "--json").out
        cli("logs", "--export", name, code=7)
    assert cli("logs", "--file", "x.jsonl.zst", "--level", "error").out == cli("logs", "--level", "error").out
    (cli.folder / "cut.jsonl.zst").write_bytes((cli.folder / "x.jsonl.zst").read_bytes()[:-20])
    assert "damaged or cut off" in cli("logs", "--file", "cut.jsonl.zst", code=3).err
    stats = cli("logs", "--stats", "--json").data
    assert [(item["service"], item["lines"]) for item in stats["services"]] == [("a", 4), ("b", 3)]


def test_whatever_a_program_writes_comes_out_whole_and_moves_no_cursor(project: Project) -> None:
    cli = project(compose__yaml=ODD)
    exited(cli)
    answer = cli("logs", "--json")
    found: dict[str, list[str]] = {}
    for line in answer.out.splitlines():
        row = json.loads(line)
        found.setdefault(row["service"], []).append(row["message"])
    assert found["local"] == ["local 1", "local 2", "local 3"]
    odd = found["odd"]
    assert odd[:4] == ["nul here", "�� no utf-8", "red and gone", "100% done"]
    assert odd[4] == "x" * 40_000
    assert odd[5] == "y" * 10_000_000
    assert odd[-1] == "no end"
    assert set(found) == {"local", "odd"}
    assert "none: " in answer.err
    assert "cannot be read" in answer.err
    text = cli("logs").out
    assert "\x00" not in text


def test_following_loses_and_doubles_nothing(project: Project) -> None:
    cli = project(compose__yaml=TICK)
    cli.compose("up", "-d", "tick")
    with ended(cli.start("logs", "-f", "--json")) as follower:
        time.sleep(2)
        cli.compose("up", "-d", "boot")
        cli.compose("restart", "tick")
        first = container(cli.token, "boot")
        cli.compose("up", "-d", "--force-recreate", "boot")
        cli.compose("up", "-d", "--no-recreate", "--scale", "boot=2", "boot")
        docker("kill", container(cli.token, "tick"))
        time.sleep(2)
        wanted = docker("logs", container(cli.token, "tick")).splitlines()
        follower.send_signal(signal.SIGINT)
        answer = finish(follower)
    assert answer.code == 130, answer
    assert "Traceback" not in answer.err
    found = [json.loads(line) for line in answer.out.splitlines()]
    assert [f"INFO: {row['message']}" for row in found if row["service"] == "tick"] == wanted
    boots = [row["message"] for row in found if row["service"] == "boot"]
    hosts = {text.split()[-1] for text in boots}
    assert len(hosts) == 3
    assert first[:12] in hosts
    assert sorted(boots) == sorted(f"boot {number} of {host}" for host in hosts for number in range(1, 6))
    assert {row["container"] for row in found if row["service"] == "boot"} >= {f"{cli.token}-boot-2"}
    assert "tick has stopped" in answer.err


def test_a_container_that_is_removed_while_following_ends_nothing(project: Project) -> None:
    cli = project(compose__yaml=TICK)
    cli.compose("up", "-d")
    with ended(cli.start("logs", "-f")) as follower:
        time.sleep(2)
        docker("rm", "-f", container(cli.token, "boot"))
        time.sleep(2)
        assert follower.poll() is None
        follower.send_signal(signal.SIGINT)
        answer = finish(follower)
    assert answer.code == 130
    assert answer.out.count("tick") > 20


def test_a_reader_that_goes_away_is_no_error(project: Project) -> None:
    cli = project(compose__yaml=TICK)
    cli.compose("up", "-d")
    time.sleep(1)
    for flags in ("", "-f"):
        line = f"'{STACKCTL}' logs {flags} | head -n 2; echo ${{PIPESTATUS[0]}}"
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=cli.folder,
            env=cli.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.stdout.splitlines()[-1] == "0", done
        assert "rror" not in done.stderr


def test_the_last_words_of_what_was_removed(project: Project) -> None:
    cli = project(compose__yaml=TWO)
    exited(cli)
    cli("down")
    assert [row["message"] for row in rows(cli, "--previous", "b")] == ["2", "4", "6"]
    assert cli("logs", code=2).err.startswith("✗")
    kept = list((cli.folder / ".stackctl").rglob("*.jsonl"))
    assert kept
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept)


def test_what_is_wrong_is_said(project: Project) -> None:
    cli = project(compose__yaml=TWO)
    cli.compose("up", "-d")
    for words, said in (
        (("aa",), "did you mean “a”"),
        (("--grep", "a(b"), "character 2"),
        (("--field", "x"), "condition"),
        (("--since", "soon"), "no time"),
        (("--tail", "many"), "number of lines"),
        (("--trace", "xyz"), "trace id"),
        (("--follow", "--until", "5m"), "no end"),
        (("--level", "loud"), "loud"),
    ):
        answer = cli("logs", *words, code=2)
        assert said in answer.err, answer
        assert cli("logs", *words, "--json", code=2).error["message"]
    dead = cli.having(DOCKER_HOST="unix:///nonexistent/engine.sock")
    assert dead("logs", "--json", code=4).error["code"]


def test_many_services(project: Project) -> None:
    services = "".join(
        f"  s{number:02}: {{image: '{TOOLS}', command: [sh, -c, 'for n in 1 2 3; do echo $$n; done']}}\n"
        for number in range(25)
    )
    cli = project(compose__yaml=f"services:\n{services}")
    exited(cli)
    found = rows(cli)
    assert len(found) == 75
    assert [row["time"] for row in found] == sorted(row["time"] for row in found)
