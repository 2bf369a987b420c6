"""Backups of services that run several times, are paused, stopped, or have no container. A plain Compose project."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.cli import Cli, containers, docker, inspect, run_in

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("backup")]

COMPOSE = """
services:
  worker:
    image: stackctl/tools:local
    command: [sleep, infinity]
    init: true
    scale: 3
    volumes: [shared:/srv]
volumes: {shared: }
"""


def running(name: str) -> list[tuple[int, str]]:
    """Number and state of each container."""
    found = [
        (int(item["Config"]["Labels"]["com.docker.compose.container-number"]), item["State"]["Status"])
        for item in inspect(*containers(name).get("worker", ()))
    ]
    return sorted(found)


def test_exactly_what_ran_runs_again_however_many_there_are(project: Callable[..., Cli]) -> None:
    cli = project(compose__yaml=COMPOSE)
    name = cli.folder.name
    docker("compose", "up", "-d", cwd=cli.folder)
    first, second, third = containers(name)["worker"]
    run_in(first, "echo one > /srv/one && chmod 1733 /srv && chown 7:8 /srv")
    docker("pause", second)
    docker("stop", "-t", "1", third)
    before = running(name)
    assert sorted(state for _number, state in before) == ["exited", "paused", "running"]

    made = cli("backup", "--quiesce", "--json").data
    assert [item["file"] for item in made["payloads"]] == ["worker.shared.tar.zst"], "one volume, saved once"
    assert running(name) == before

    run_in(first, "rm /srv/one && echo two > /srv/two && chmod 700 /srv && chown 0:0 /srv")
    refused = cli("restore", made["id"], "--yes", "--json", code=8)
    assert "everything is as it was" in refused.error["message"], "one of them does not run, and nobody knows why"
    assert run_in(first, "ls -A /srv; stat -c %a:%u:%g /srv").split() == ["two", "700:0:0"]
    docker("start", second, third)
    cli("restore", made["id"], "--yes", "-q")
    assert {state for _number, state in running(name)} == {"running"}
    assert run_in(first, "ls -A /srv; stat -c %a:%u:%g /srv").split() == ["one", "1733:7:8"]

    docker("compose", "down", "--timeout", "1", cwd=cli.folder)
    absent = cli("backup", "--json").data
    (payload,) = absent["payloads"]
    assert payload["consistency"] == "quiesced"
    assert payload["counts"] == made["payloads"][0]["counts"]
    refused = cli("restore", "worker", "--yes", "--json", code=8)
    assert "no container" in refused.error["message"]
