"""`up --fork-from` with a real store: the copy opens with its data, and the source never stops."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.cli import (
    REDIS,
    RUN,
    TOOLS,
    Cli,
    container,
    containers,
    docker,
    ended,
    free_ports,
    put,
    run_in,
    started,
    sweep,
    volumes,
)

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("fork")]

FILE = f"""
    services:
      redis:
        image: {REDIS}
        command: [redis-server, --appendonly, "yes"]
        ports: ["127.0.0.1:${{REDIS_PORT:-NUMBER}}:6379"]
        volumes: ["data:/data"]
        healthcheck: {{test: [CMD, redis-cli, -e, ping], interval: 1s}}
    volumes: {{data: {{}}}}
    """


@pytest.fixture
def cli(engine: None, tmp_path: Path) -> Iterator[Cli]:
    token = f"{RUN}fo"
    put(tmp_path / token / "compose.yaml", FILE.replace("NUMBER", str(free_ports(1))))
    yield Cli(tmp_path / token, tmp_path / "home", token)
    sweep(token)


TWO = f"""
    services:
      redis:
        image: {REDIS}
        command: [redis-server, --appendonly, "yes"]
        volumes: ["data:/data"]
        healthcheck: {{test: [CMD, redis-cli, -e, ping], interval: 1s}}
      notes:
        image: {TOOLS}
        init: true
        command: [sleep, "900"]
        volumes: ["notes:/notes"]
    volumes: {{data: {{}}, notes: {{}}}}
    """


def test_a_fork_that_holds_nothing_still_goes_through_a_backup_and_says_how_sure_it_is(cli: Cli) -> None:
    put(cli.folder / "compose.yaml", TWO)
    source = cli("up", "--json").data["project"]
    copy = f"{source}-review"
    redis(source, "set greeting hello")
    run_in(container(source, "notes"), "echo written > /notes/one")
    before = [started(container(source, name)) for name in ("redis", "notes")]
    words = ("up", "--instance", "review", "--fork-from", "default", "--no-quiesce", "--json")
    steps = [step["text"] for step in cli(*words, "--dry-run").data["steps"]]
    assert steps[0] == f"make a backup and restore it into {copy}: nothing is held still"
    assert not any(step.startswith(("pause", "stop")) for step in steps)
    assert cli(*words, "redis", code=2).error["code"] == "misuse"
    told = cli(*words).data["fork"]
    assert (told["way"], told["consistency"]) == ("backup", {"notes": "fuzzy", "redis": "point-in-time"})
    assert redis(copy, "get greeting") == "hello"
    assert run_in(container(copy, "notes"), "cat /notes/one") == "written"
    assert [started(container(source, name)) for name in ("redis", "notes")] == before
    assert cli("backups", "--json").data["sets"] == [], "it is nobody's backup"
    assert [path.name for path in (cli.home / "projects" / copy).glob("fork*")] == []


def state(project: str) -> str:
    return docker("inspect", "--format", "{{.State.Status}}", container(project, "redis")).strip()


def kill_while_copying(cli: Cli, source: str) -> None:
    """Fork, and kill stackctl, without any warning to it, while the source stands still for the copy."""
    for _try in range(10):
        process = cli.start("up", "--instance", "review", "--fork-from", "default")
        with ended(process):
            while process.poll() is None and state(source) != "paused":
                pass
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
                if state(source) == "paused":
                    return
        cli("instances", "remove", "review", "--yes", code=None)
    raise AssertionError("the source was never met while it stood still")


def test_a_fork_that_is_killed_needs_no_hand(cli: Cli) -> None:
    source = cli("up", "--json").data["project"]
    copy = f"{source}-review"
    redis(source, "set greeting hello")
    redis(source, """eval "for i=1,20000 do redis.call('set', 'key:'..i, string.rep('x', 500)) end" 0""")
    before = started(container(source, "redis"))

    def as_it_was() -> bool:
        return (state(source), started(container(source, "redis")), redis(source, "get greeting")) == (
            "running",
            before,
            "hello",
        )

    kill_while_copying(cli, source)
    (row,) = cli("instances", "--json").data["instances"]
    assert row["half"] is True
    answer = cli("up", "--instance", "review")
    assert "the fork of default was cut short: it is made again" in answer.err
    assert (redis(copy, "get greeting"), redis(copy, "dbsize")) == ("hello", "20001")
    assert as_it_was()
    cli("instances", "remove", "review", "--yes")

    kill_while_copying(cli, source)
    answer = cli("up")
    assert "an interrupted fork was put right; 1 containers run again" in answer.err
    assert f"the half-made copy {copy} was removed" in answer.err
    assert as_it_was()
    assert (containers(copy), volumes(copy), cli("instances", "--json").data["instances"]) == ({}, [], [])

    kill_while_copying(cli, source)
    cli("instances", "remove", "review", "--yes")
    assert as_it_was()
    assert (volumes(copy), cli("instances", "--json").data["instances"]) == ([], [])


def redis(project: str, words: str) -> str:
    return run_in(container(project, "redis"), f"redis-cli -e {words}")


def test_a_fork_has_the_data_and_the_source_goes_on(cli: Cli) -> None:
    source = cli("up", "--json").data["project"]
    redis(source, "set greeting hello")
    redis(source, """eval "for i=1,20000 do redis.call('set', 'key:'..i, string.rep('x', 500)) end" 0""")
    before = started(container(source, "redis"))
    copy = f"{source}-review"
    dry = cli("up", "--instance", "review", "--fork-from", "/", "--json", code=2)
    assert dry.error["code"] == "misuse"
    steps = cli("up", "--instance", "review", "--fork-from", "dev", "--dry-run", "--json", code=2)
    assert steps.error["code"] == "unknown-environment", "a plain project without overlays has none"
    plan = cli("up", "--instance", "review", "--fork-from", "default", "--dry-run", "--json").data
    assert plan["source"] == source
    put(cli.folder / "compose.dev.yaml", "services: {redis: {labels: {a: b}}}\n")
    # `dev` of a plain project is the project itself.
    plan = cli("up", "dev", "--instance", "review", "--fork-from", "dev", "--dry-run", "--json").data
    assert any(f"copy the volume {source}_data" in step["text"] for step in plan["steps"])
    assert volumes(copy) == []
    cli("up", "dev", "--instance", "review", "--fork-from", "dev")
    assert redis(copy, "get greeting") == "hello"
    assert redis(copy, "dbsize") == "20001"
    redis(copy, "set greeting changed")
    assert redis(source, "get greeting") == "hello"
    assert started(container(source, "redis")) == before, "it was never stopped"
    assert '"Paused":true' not in docker("inspect", "--format", "{{json .State}}", container(source, "redis"))
    answer = cli("up", "dev", "--instance", "review", "--fork-from", "dev", "--json", code=7)
    assert answer.error["code"] == "exists"
    # A fork of a fork, from another folder's point of view the same.
    cli("up", "dev", "--instance", "third", "--fork-from", "dev/review")
    assert redis(f"{source}-third", "get greeting") == "changed"
    for name in ("review", "third"):
        cli("instances", "remove", name, "--yes")
    assert containers(copy) == {}
    assert redis(source, "get greeting") == "hello"
