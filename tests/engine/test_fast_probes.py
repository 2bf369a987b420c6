"""Fast probes on a real engine: a slow check is seen well at once, and no container is ever replaced for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.engine.cli import containers, docker

if TYPE_CHECKING:
    from tests.engine.cli import Cli
    from tests.engine.conftest import Project

pytestmark = [pytest.mark.engine, pytest.mark.slow]

WEB = """
  web:
    image: stackctl/tools:local
    init: true
    command: ["sleep", "infinity"]
    stop_grace_period: 1s
    healthcheck: {test: ["CMD", "true"], interval: INTERVAL, timeout: 5s, retries: 3}
"""
STACK = (
    "services:"
    + WEB
    + """
  front:
    image: stackctl/tools:local
    init: true
    command: ["sleep", "infinity"]
    stop_grace_period: 1s
    depends_on: {web: {condition: service_healthy}}
    healthcheck: {test: ["CMD", "true"], interval: INTERVAL, retries: 2}
  own:
    image: stackctl/tools:local
    init: true
    command: ["sleep", "infinity"]
    stop_grace_period: 1s
    healthcheck: {test: ["CMD", "true"], interval: INTERVAL, start_period: 9s, start_interval: 500ms}
"""
)


def stack(project: Project, interval: str = "30s") -> Cli:
    return project(compose__yaml=STACK.replace("INTERVAL", interval))


def name(cli: Cli) -> str:
    return cli.folder.name


def line(cli: Cli, *words: str) -> None:
    """Run the line that stackctl prints, as a user without stackctl would."""
    printed = cli("compose", "--print").out.strip()
    done = cli.shell(f"{printed} {' '.join(words)}")
    assert done.code == 0, done


def plain(cli: Cli, *words: str) -> None:
    """Run Compose on the user's files alone."""
    done = cli.shell(f"cd {cli.folder} && docker compose {' '.join(words)}")
    assert done.code == 0, done


def test_a_slow_check_is_seen_well_within_a_fraction(project: Project) -> None:
    cli = stack(project, "6s")
    start = time.monotonic()
    cli("up")
    ours = time.monotonic() - start
    cli("down")
    start = time.monotonic()
    plain(cli, "up", "-d", "--wait")
    theirs = time.monotonic() - start
    assert ours / theirs < 0.6, (ours, theirs)


def test_what_compose_started_is_not_replaced(project: Project) -> None:
    cli = stack(project, "1s")
    plain(cli, "up", "-d", "--wait")
    before = containers(name(cli))
    assert cli("up", "--json").data["unchanged"]
    assert containers(name(cli)) == before
    line(cli, "up", "-d", "--wait")
    assert containers(name(cli)) == before


def test_what_we_started_is_not_replaced_by_the_printed_line(project: Project) -> None:
    cli = stack(project)
    cli("up")
    before = containers(name(cli))
    line(cli, "up", "-d", "--wait")
    assert containers(name(cli)) == before
    assert "probes.yml" in cli("up", "-v").out
    assert containers(name(cli)) == before


def test_only_what_is_created_gets_one(project: Project) -> None:
    cli = stack(project, "1s")
    plain(cli, "up", "-d", "--wait")
    before = containers(name(cli))
    docker("rm", "-f", *before["front"])
    cli("up")
    after = containers(name(cli))
    assert {key: after[key] for key in ("web", "own")} == {key: before[key] for key in ("web", "own")}
    (front,) = after["front"]
    assert docker("inspect", "-f", "{{.Config.Healthcheck.StartInterval}}", front).strip() == "250ms"
    line(cli, "up", "-d")
    assert containers(name(cli)) == after


def test_a_slow_starter_that_the_author_would_wait_for_is_waited_for(project: Project) -> None:
    # The author's probes run at 5 s (the engine's own start interval) and 9 s; well only after 8 s.
    check = '{test: ["CMD", "test", "-e", "/tmp/well"], interval: 4s, retries: 2, start_period: 2s}'
    text = "services:" + WEB.replace('["sleep", "infinity"]', '["sh", "-c", "sleep 8; touch /tmp/well; sleep 1000"]')
    before, _, _ = text.partition("    healthcheck:")
    cli = project(compose__yaml=f"{before}    healthcheck: {check}\n")
    cli("up")


def test_afterwards_probes_are_as_rare_as_without_us(project: Project) -> None:
    """What they cost once all is well is their number: both stacks are asked side by side, for the same while."""
    ours, theirs = stack(project, "2s"), stack(project, "2s")
    ours("up")
    plain(theirs, "up", "-d", "--wait")
    begin = time.time()
    time.sleep(20)
    counts = [probes_since(name(cli), begin) for cli in (ours, theirs)]
    assert counts[1] >= 5
    assert 0.7 < counts[0] / counts[1] < 1.4, counts  # asked as often as while they start it would be 8


def probes_since(project: str, begin: float) -> int:
    """How many health checks the engine has started in a project."""
    label = f"label=com.docker.compose.project={project}"
    span = ("--since", f"{begin:.3f}", "--until", f"{time.time():.3f}")
    words = (*span, "--filter", label, "--filter", "event=exec_start", "--format", "{{.Action}}")
    return len(docker("events", *words).splitlines())
