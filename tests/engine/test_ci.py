"""`stackctl ci`: a throw-away instance that is gone afterwards, whatever happens."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.cli import RUN, STACKCTL, TOOLS, Cli, docker, ended, eventually, finish, free_ports, put, sweep

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("ci")]

FILE = f"""
    x-stackctl: {{seed: {{web: {{command: "echo seeded > /state/seed"}}}}}}
    services:
      web:
        image: {TOOLS}
        init: true
        command: [sleep, "900"]
        environment: {{TOKEN_URL: "http://web:80/t"}}
        ports: ["127.0.0.1:${{WEB_PORT:-NUMBER}}:80"]
        volumes: ["state:/state"]
      broken:
        image: {TOOLS}
        command: [sh, -c, "echo no database; exit 3"]
        profiles: [broken]
    volumes: {{state: {{}}}}
    """


@pytest.fixture
def cli(engine: None, tmp_path: Path) -> Iterator[Cli]:
    token = f"{RUN}ci"
    put(tmp_path / token / "compose.yaml", FILE.replace("NUMBER", str(free_ports(1))))
    yield Cli(tmp_path / token, tmp_path / "home", token)
    sweep(token)


def left(cli: Cli) -> list[str]:
    """Everything that holds the project's name: containers, volumes, networks; and the seats."""
    found = docker("ps", "-a", "--format", "{{.Names}}").split() + docker("volume", "ls", "-q").split()
    found += docker("network", "ls", "--format", "{{.Name}}").split()
    seats = [item["project"] for item in cli("instances", "--json").data["instances"]]
    return [name for name in [*found, *seats] if cli.token in name]


def running(cli: Cli) -> bool:
    return any(cli.token in name for name in docker("ps", "--format", "{{.Names}}").split())


def test_the_command_gets_the_stack_and_its_exit_code_comes_back(cli: Cli) -> None:
    seeded = f"test $({STACKCTL} shell web -- cat /state/seed) = seeded"
    script = f'{seeded} && test -n "$TOKEN_URL" && {STACKCTL} urls web && echo "$TOKEN_URL" && exit 7'
    answer = cli("ci", "--as", "web", "--", "sh", "-c", script, code=7)
    address, told, last = answer.out.splitlines()
    assert told == f"{address}/t", "the address of this machine, not the container's"
    assert "the command failed with exit code 7" in last
    assert left(cli) == []
    good = cli("ci", "web", "--json", "--", "sh", "-c", "echo heard")
    assert (good.data["failed"], good.data["command_exit_code"], good.data["removed"]) == (None, 0, True)
    assert "heard" in good.err, "standard output is for the one object"
    assert left(cli) == []


def test_a_stack_that_fails_is_told_from_a_command_that_fails(cli: Cli) -> None:
    words = ("--profile", "broken", "--as", "web", "--bundle-on-failure", "trouble.tar.zst", "--json")
    answer = cli("ci", *words, "--", "touch", "was-run", code=5)
    assert answer.data["bundle"] == "trouble.tar.zst"
    assert "no database" in cli("why", "--bundle", "trouble.tar.zst", code=None).text
    assert answer.envelope["data"]["failed"] == "stack"
    assert answer.envelope["data"]["command_exit_code"] is None
    assert not (cli.folder / "was-run").exists()
    assert left(cli) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_command_and_instance(cli: Cli, number: signal.Signals) -> None:
    with ended(cli.start("ci", "--as", "web", "--", "sh", "-c", "touch begun; exec sleep 900")) as process:
        eventually((cli.folder / "begun").exists, "the command")
        if number == signal.SIGINT:
            os.killpg(process.pid, number)  # as a terminal does: to all of the group
        else:
            process.send_signal(number)
        answer = finish(process)
    assert answer.code == 130, answer
    assert left(cli) == []


def test_what_a_killed_run_has_left_goes_with_the_next_one(cli: Cli) -> None:
    with ended(cli.start("ci", "--as", "web", "--", "sh", "-c", "touch begun; exec sleep 900")) as process:
        eventually((cli.folder / "begun").exists, "the command")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert running(cli)
    answer = cli("ci", "--as", "web", "--", "true")
    assert "a run that was killed has left" in answer.err
    assert left(cli) == []


def test_bad_input(cli: Cli) -> None:
    for words, code in (
        (("ci",), "misuse"),
        (("ci", "--"), "misuse"),
        (("ci", "--", "no-such-program"), "no-program"),
        (("ci", "--as", "wbe", "--", "true"), "unknown-service"),
        (("ci", "dve", "--", "true"), "unknown-service"),
    ):
        cut = words.index("--") if "--" in words else len(words)
        assert cli(*words[:cut], "--json", *words[cut:], code=2).error["code"] == code, words
    cli("up", "--instance", "mine", "web")
    answer = cli("ci", "--instance", "mine", "--as", "web", "--json", "--", "true", code=7)
    assert answer.error["code"] == "exists"
    assert running(cli), "it was not ours to remove"
