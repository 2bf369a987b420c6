"""A password that a data volume does not know: said before the start, on real services, with ways out that work."""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.engine.cli import (
    RUN,
    STACKCTL,
    Cli,
    Json,
    container,
    containers,
    docker,
    finish,
    http,
    inspect,
    new_workspace,
    put,
    states,
    sweep,
)

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("credentials")]

SERVICES = ("mongodb", "redis", "grafana")


@pytest.fixture(scope="module")
def started(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """The three services of the core stack that have a password, started once."""
    parent = tmp_path_factory.mktemp("credentials")
    cli = new_workspace(parent / f"{RUN}k", parent / "home")
    try:
        cli("up", "dev", *SERVICES)
        yield cli
    finally:
        sweep(cli.token)


def project(cli: Cli) -> str:
    return f"{cli.token}-core-dev"


def secret(cli: Cli, name: str) -> Path:
    return cli.home / "projects" / project(cli) / "secrets" / name


@pytest.fixture
def kept(started: Cli) -> Iterator[Cli]:
    """The same; the secrets come back as they were, and what was stopped is started."""
    names = ("mongo_root", "redis_password", "grafana_admin")
    before = {name: secret(started, name).read_bytes() for name in names}
    yield started
    for name, data in before.items():
        replace(started, name, data.decode())
    started("up", "dev", *SERVICES, "-q")


def replace(cli: Cli, name: str, value: str) -> None:
    """Set a secret as an editor does, by a rename: the running container keeps the old file."""
    path = secret(cli, name)
    new = path.with_name(f"new-{name}")
    new.write_text(value)
    new.chmod(0o644)
    new.rename(path)


def refused(cli: Cli, *words: str) -> Json:
    """The one refusal of a start, which changes no container."""
    before = containers(project(cli))
    answer = cli("up", "dev", *SERVICES, *words, "--json", code=7)
    assert answer.error["code"] == "credentials-changed"
    assert containers(project(cli)) == before
    (row,) = answer.data["credentials"]
    found: Json = row
    return found


def shell(cli: Cli, line: str, *, given: str = "") -> str:
    """Run a printed line as it is, `stackctl` found on the path."""
    variables = cli.environment()
    done = subprocess.run(
        line,
        shell=True,
        cwd=cli.folder,
        env={**variables, "PATH": f"{STACKCTL.parent}:{variables['PATH']}"},
        input=given,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.parametrize(
    ("service", "name", "variable"),
    [
        ("mongodb", "mongo_root", "MONGO_INITDB_ROOT_PASSWORD"),
        ("grafana", "grafana_admin", "GF_SECURITY_ADMIN_PASSWORD"),
    ],
)
def test_another_password_is_said_before_the_start_and_the_old_one_is_taken_back(
    kept: Cli, service: str, name: str, variable: str
) -> None:
    old = secret(kept, name).read_text()
    new = uuid4().hex
    replace(kept, name, new)
    row = refused(kept)
    assert (row["service"], row["variables"]) == (service, [variable])
    assert row["volume"] in docker("volume", "ls", "-q").split()
    text = kept("up", "dev", *SERVICES, code=7).err
    assert f"the volume {row['volume']} was made with another {variable} (the secret {name})" in text
    for choice in row["choices"]:
        assert " && ".join(choice["commands"]) in text
    assert old not in text
    assert new not in text
    replace(kept, name, old)
    assert kept("up", "dev", *SERVICES, "--json").data["unchanged"] is True


def test_it_is_said_for_a_stack_that_was_taken_down(kept: Cli) -> None:
    kept("down", "dev")
    replace(kept, "mongo_root", uuid4().hex)
    row = refused(kept)
    assert row["choices"][1]["commands"][0] == "stackctl compose dev -- up -d --no-deps mongodb"


def test_a_dry_run_says_it_too(kept: Cli) -> None:
    replace(kept, "mongo_root", uuid4().hex)
    refused(kept, "--dry-run")


def test_redis_takes_another_password_at_any_time(kept: Cli) -> None:
    new = uuid4().hex
    replace(kept, "redis_password", new)
    assert json.loads(kept("up", "dev", *SERVICES, "--json").out)["ok"] is True
    said = docker("exec", "-e", "REDISCLI_AUTH", container(project(kept), "redis"), "redis-cli", "-e", "ping",
                  env={**kept.environment(), "REDISCLI_AUTH": new})  # fmt: skip
    assert said.strip() == "PONG"


def test_the_second_choice_changes_the_password_inside_grafana(started: Cli) -> None:
    new = uuid4().hex
    replace(started, "grafana_admin", new)
    line = " && ".join(refused(started)["choices"][1]["commands"])
    shell(started, line.replace("stackctl up dev ", f"stackctl up dev {' '.join(SERVICES)} "))
    base = started("urls", "dev", "grafana").out.strip()
    assert http(f"{base}/api/org", headers=login("admin", new)).status == 200
    assert started("up", "dev", *SERVICES, "--json").data["unchanged"] is True


def test_the_second_choice_changes_the_password_inside_mongodb(started: Cli) -> None:
    old, new = secret(started, "mongo_root").read_text().strip(), uuid4().hex
    replace(started, "mongo_root", new)
    command = refused(started)["choices"][1]["commands"][0]
    # As on a terminal: the shell asks for the old password and then for the new one.
    shell(started, command.replace(" -it ", " -i "), given=f"{old}\n{new}\n")
    answer = started("up", "dev", *SERVICES, "--accept-credentials", "--json")
    states = {item["service"]: item["state"] for item in answer.data["services"]}
    assert states["mongodb"] == "ready", "its probe logs in with the new password"
    replace(started, "mongo_root", old)
    refused(started)
    replace(started, "mongo_root", new)
    started("up", "dev", *SERVICES, "-q")


def test_a_wrong_claim_is_not_remembered(started: Cli) -> None:
    right = secret(started, "mongo_root").read_text()
    replace(started, "mongo_root", uuid4().hex)
    started("up", "dev", "mongodb", "--accept-credentials", "--timeout", "20s", code=None)
    replace(started, "mongo_root", right)
    started("up", "dev", *SERVICES)


def test_the_third_choice_starts_with_a_new_volume(started: Cli) -> None:
    new = uuid4().hex
    replace(started, "grafana_admin", new)
    commands = refused(started)["choices"][2]["commands"]
    shell(started, " && ".join(commands[:-1]))
    started("up", "dev", *SERVICES)
    base = started("urls", "dev", "grafana").out.strip()
    assert http(f"{base}/api/org", headers=login("admin", new)).status == 200


def test_no_new_secret_is_made_beside_data(started: Cli) -> None:
    before = containers(project(started))
    old = secret(started, "mongo_root").read_text()
    secret(started, "mongo_root").unlink()
    answer = started("up", "dev", *SERVICES, "--json", code=7)
    assert answer.error["code"] == "credentials-lost"
    assert not secret(started, "mongo_root").exists()
    assert containers(project(started)) == before
    assert len(answer.data["credentials"][0]["choices"]) == 3
    replace(started, "mongo_root", old)
    started("up", "dev", *SERVICES, "-q")


def test_the_record_outlives_the_checkout_and_goes_with_the_volumes(started: Cli) -> None:
    path = started.home / "projects" / project(started) / "credentials.json"
    text = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    for name in ("mongo_root", "grafana_admin"):
        assert secret(started, name).read_text().strip() not in text
    started("down", "dev", "--volumes", "--yes")
    assert not path.exists()
    replace(started, "mongo_root", uuid4().hex)
    started("up", "dev", "mongodb")
    (facts,) = inspect(container(project(started), "mongodb"))
    assert facts["State"]["Health"]["Status"] == "healthy"


def login(user: str, password: str) -> dict[str, str]:
    import base64

    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_printed_lines_are_for_a_shell(kept: Cli) -> None:
    replace(kept, "mongo_root", uuid4().hex)
    for choice in refused(kept)["choices"]:
        for command in choice["commands"]:
            assert shlex.split(command)


class TestHome:
    """The home of secrets and records when something is wrong with it."""

    def test_two_first_starts_at_once_agree_on_one_password(self, workspace: Cli) -> None:
        first, second = workspace.start("up", "dev", "redis"), workspace.start("up", "dev", "redis")
        for process in (first, second):
            answer = finish(process)
            assert answer.code == 0, answer
        folder = workspace.home / "projects" / f"{workspace.token}-core-dev" / "secrets"
        assert states(f"{workspace.token}-core-dev")["redis"] == "running (healthy)"
        assert not [path for path in folder.iterdir() if path.name.startswith(".")]

    def test_a_start_that_is_killed_while_it_makes_secrets_is_finished_by_the_next(self, workspace: Cli) -> None:
        for wait in (0.2, 0.35, 0.5):
            process = workspace.start("up", "dev", "redis")
            time.sleep(wait)
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        workspace("up", "dev", "redis")
        assert states(f"{workspace.token}-core-dev")["redis"] == "running (healthy)"

    @pytest.mark.parametrize("home", ["/proc/stackctl-test", "a file"])
    def test_a_home_that_cannot_be_written_starts_nothing(self, workspace: Cli, home: str) -> None:
        path = str(put(workspace.folder / "not-a-folder", "x")) if home == "a file" else home
        answer = workspace("up", "dev", "redis", code=3, env={"STACKCTL_HOME": path})
        assert answer.err.count("✗") == 1
        assert containers(f"{workspace.token}-core-dev") == {}

    def test_a_full_disk_starts_nothing(self, workspace: Cli) -> None:
        full = dataclasses.replace(workspace, before=("sh", "-c", 'trap "" XFSZ; ulimit -f 0; exec "$@"', "sh"))
        answer = full("up", "dev", "redis", code=3)
        assert "cannot be written" in answer.err
        assert containers(f"{workspace.token}-core-dev") == {}
        workspace("up", "dev", "redis")
