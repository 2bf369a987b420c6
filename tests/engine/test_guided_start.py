"""The first `up` of an environment in a checkout leads through its steps, and goes on where it failed or was killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.cli import (
    REDIS,
    RUN,
    Answer,
    Cli,
    container,
    ended,
    eventually,
    free_ports,
    put,
    run_in,
    states,
    sweep,
)

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("guided")]

STEPS = ["doctor", "environment", "secrets", "images", "start", "verify", "addresses"]
BASE = f"""
    services:
      cache:
        image: {REDIS}
        command: [redis-server, --maxmemory, "${{CACHE_LIMIT:?}}"]
        ports: ["127.0.0.1:${{CACHE_PORT:?}}:6379"]
        secrets: [cache_password]
    secrets: {{cache_password: {{file: "${{STACKCTL_SECRETS_DIR:?}}/cache_password"}}}}
    """
TEMPLATE = """\
# @defaultSensitive=false @defaultRequired=infer
# ----------------------------------------------------------------------------

# Directory of the secret files.
# stackctl: secrets-dir
# @required
STACKCTL_SECRETS_DIR=

# stackctl: generate=hex(32) file=cache_password
# @required @sensitive
CACHE_PASSWORD=

# How much it may keep.
CACHE_LIMIT=10megs

CACHE_PORT=NUMBER
"""


@pytest.fixture
def cli(engine: None, tmp_path: Path) -> Iterator[Cli]:
    token = f"{RUN}gs"
    folder = tmp_path / token
    put(folder / "stacks" / "shop" / "base.yml", BASE)
    put(folder / "stacks" / "shop" / "dev.yml", "services: {}\n")
    put(folder / "env" / "shop" / "dev.env.template", TEMPLATE.replace("NUMBER", str(free_ports(1))))
    yield Cli(folder, tmp_path / "home", token)
    sweep(token)


def steps_of(answer: Answer) -> dict[str, str]:
    steps = answer.data["steps"]
    assert [step["name"] for step in steps] == STEPS
    return {step["name"]: step["state"] for step in steps}


def test_it_goes_on_where_it_failed_and_is_an_everyday_one_afterwards(cli: Cli) -> None:
    shown = cli("up", "dev", code=5)
    assert shown.out == ""
    for number, name in enumerate(STEPS[:5], 1):
        assert f" {number}/7 {name}: " in shown.err
    assert "goes on with it" in shown.err
    assert [line[:2] for line in shown.err.splitlines() if "maxmemory" in line][:1] == ["✗ "], (
        "the cause, and a way out"
    )
    assert "→ " in shown.err

    failed = cli("up", "dev", "--json", code=5)
    held = {"doctor": "held", "environment": "held", "secrets": "held", "images": "held"}
    assert steps_of(failed) == {**held, "start": "failed", "verify": "open", "addresses": "open"}
    assert failed.err == ""

    env = cli.folder / "env" / "shop" / "dev.env"
    env.write_text(env.read_text().replace("10megs", "10mb"))
    went = cli("up", "dev", "--verify")
    assert " 2/7 environment: done before" in went.err
    assert " 5/7 start: 1 service up" in went.err
    rows = {line.split()[0]: line for line in went.out.splitlines() if line.split()[:1] and line.split()[0] in STEPS}
    assert list(rows) == STEPS, "what took how long"
    assert "checks passed" in rows["verify"]
    assert f"127.0.0.1:{env.read_text().split('CACHE_PORT=')[1].split()[0]}" in went.out

    again = cli("up", "dev")
    assert again.err == ""
    assert len(again.out.splitlines()) == 1
    assert "steps" not in cli("up", "dev", "--json").data


def test_one_that_is_killed_is_ended_by_the_next(cli: Cli) -> None:
    template = cli.folder / "env" / "shop" / "dev.env.template"
    template.write_text(template.read_text().replace("10megs", "10mb"))
    probe = "{test: [CMD, test, -e, /tmp/go], interval: 1s, timeout: 20s, retries: 300}"
    put(cli.folder / "stacks" / "shop" / "dev.yml", f"services: {{cache: {{healthcheck: {probe}}}}}\n")
    project = f"{cli.token}-shop-dev"
    record = cli.folder / ".stackctl" / project / "first-run.json"
    with ended(cli.start("up", "dev")) as process:
        eventually(lambda: states(project).get("cache", "").startswith("running"), "a container that runs")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert record.exists()
    assert not record.with_name("first-run-done.json").exists()
    secret = cli.home / "projects" / project / "secrets" / "cache_password"
    value = secret.read_text()
    run_in(container(project, "cache"), "touch /tmp/go")
    answer = cli("up", "dev", "--json")
    steps = steps_of(answer)
    # By now the container may be found well, or be waited for.
    assert steps.pop("start") in ("done", "held")
    held = dict.fromkeys(("doctor", "environment", "secrets", "images"), "held")
    assert steps == {**held, "verify": "skipped", "addresses": "done"}
    assert secret.read_text() == value
    assert record.with_name("first-run-done.json").exists()
    assert not record.exists()
