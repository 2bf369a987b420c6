"""The settled wait on a real engine: crash loops that heal, jobs, removed and paused containers, stacks of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.cli import containers, docker, finish

if TYPE_CHECKING:
    from tests.engine.cli import Cli
    from tests.engine.conftest import Project

pytestmark = [pytest.mark.engine, pytest.mark.slow]


def service(name: str, command: str, *more: str) -> str:
    lines = "".join(f"    {line}\n" for line in more)
    return f"""  {name}:
    image: stackctl/tools:local
    init: true
    command: ["sh", "-c", "{command}"]
    stop_grace_period: 1s
{lines}"""


def stack(project: Project, *services: str) -> Cli:
    return project(compose__yaml="services:\n" + "".join(services))


# The third life is a long one.
HEALS = "echo x >> /tmp/lives; test $$(wc -l < /tmp/lives) -ge 4 || exit 3; touch /tmp/well; sleep 1000"
WELL = 'healthcheck: {test: ["CMD", "test", "-e", "/tmp/well"], interval: 2s, retries: 5}'
NEVER = 'healthcheck: {test: ["CMD", "false"], interval: 1s, retries: 2}'
FOREVER = "sleep 1000"


def test_a_dependency_that_crashes_and_heals_is_waited_for_and_the_rest_started(project: Project) -> None:
    cli = stack(
        project,
        service("db", HEALS, "restart: always", WELL),
        service("web", FOREVER, "depends_on: {db: {condition: service_healthy}}"),
    )
    answer = cli("up", "--json")
    assert {row["service"]: row["state"] for row in answer.data["services"]} == {"db": "ready", "web": "ready"}
    assert "restarted" in {finding["code"] for finding in answer.envelope["findings"]}


def test_a_crash_loop_is_a_failure_long_before_the_deadline(project: Project) -> None:
    cli = stack(project, service("app", "sleep 0.3; exit 3", "restart: always"), service("other", FOREVER))
    error = cli("up", "--json", "--timeout", "1h", code=5).error  # 6 at the deadline
    assert "app" in error["message"]
    assert "exit code 3" in error["message"]


def test_the_deadline_names_every_service_and_its_last_words(project: Project) -> None:
    check = 'healthcheck: {test: ["CMD-SHELL", "echo no such table; exit 1"], interval: 60s, retries: 9}'
    cli = stack(
        project,
        service("db", FOREVER, check),
        service("web", FOREVER, "depends_on: {db: {condition: service_healthy}}"),
    )
    answer = cli("up", "--json", "--timeout", "10s", code=6)
    messages = [finding["message"] for finding in answer.envelope["findings"]]
    assert any("db: " in text and "no such table" in text for text in messages), messages
    assert any(text == "web: waits for db" for text in messages), messages


def test_a_label_gives_one_service_less_time(project: Project) -> None:
    check = 'healthcheck: {test: ["CMD", "false"], interval: 60s, retries: 9}'
    cli = stack(project, service("db", FOREVER, check, "labels: {stackctl.ready_timeout: 2s}"))
    assert "db" in cli("up", "--json", "--timeout", "1h", code=6).error["message"]


def test_no_wait_only_starts(project: Project) -> None:
    check = 'healthcheck: {test: ["CMD", "false"], interval: 60s, retries: 9}'
    cli = stack(project, service("db", FOREVER, check))
    (row,) = cli("up", "--no-wait", "--json").data["services"]
    assert row["state"] == "waiting"


def test_wait_knows_stacks_that_compose_started(project: Project) -> None:
    check = 'healthcheck: {test: ["CMD", "test", "-e", "/tmp/well"], interval: 1s, retries: 9}'
    cli = stack(
        project, service("db", "sleep 2; touch /tmp/well; sleep 1000", check), service("job", "true", 'restart: "no"')
    )
    assert cli("wait", code=2).text
    assert cli.shell(f"cd {cli.folder} && docker compose up -d").code == 0
    rows = {row["service"]: row["state"] for row in cli("wait", "--json").data["services"]}
    assert rows == {"db": "ready", "job": "done"}
    assert cli("wait", "db", "--timeout", "5s").code == 0
    docker("pause", *containers(cli.folder.name)["db"])
    assert "paused" in cli("wait", code=5).text
    docker("unpause", *containers(cli.folder.name)["db"])


def test_a_container_that_is_removed_while_we_wait_ends_the_wait(project: Project) -> None:
    check = 'healthcheck: {test: ["CMD", "false"], interval: 60s, retries: 9}'
    cli = stack(project, service("db", FOREVER, check))
    cli("up", "--no-wait")
    process = cli.start("wait", "--timeout", "60s")
    assert process.stderr is not None
    assert "db" in process.stderr.readline()  # it has looked, and waits
    docker("rm", "-f", *containers(cli.folder.name)["db"])
    answer = finish(process, timeout=20)
    assert answer.code == 5
    assert "removed while we waited" in answer.text


def test_a_probe_that_never_goes_well_fails_when_the_author_would_have_it(project: Project) -> None:
    cli = stack(project, service("db", FOREVER, NEVER))
    failed = cli("up", "--json", "--timeout", "1h", code=5)
    assert "db" in failed.error["message"]
    assert "health" in failed.error["message"]
    # The engine still calls it starting, in the longer start period of its fast probes.
    assert failed.data["verdict"]["code"] == "probe-failing"
    assert cli("why", "--json", code=5).data["verdict"]["code"] == "probe-failing"


def test_a_known_store_without_a_check_is_asked_from_the_host(project: Project) -> None:
    store = """  cache:
    image: stackctl/redis:local
    entrypoint: ["sh", "-c", "sleep 4; exec redis-server --requirepass secret --bind 0.0.0.0"]
    healthcheck: {disable: true}
    stop_grace_period: 1s
"""
    cli = stack(project, store)
    (row,) = cli("up", "--json").data["services"]
    assert row["state"] == "ready"
    assert row["seconds"] > 4
