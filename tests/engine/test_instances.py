"""Parallel instances: second checkouts by themselves, ports that never meet, and an end that leaves nothing."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.engine.cli import RUN, TOOLS, Cli, containers, finish, free_ports, inspect, port_range, put, sweep, volumes

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("instances")]

FILE = f"""
    x-stackctl:
      commands: {{greet: {{service: web, run: [sh, -c, 'echo "hello from $$0 at $$LINK"']}}}}
    services:
      web:
        image: {TOOLS}
        init: true
        command: [sleep, "900"]
        environment: {{LINK: "http://127.0.0.1:${{WEB_PORT:-WEB}}/"}}
        ports: ["127.0.0.1:${{WEB_PORT:-WEB}}:80", "127.0.0.1:FIXED:81"]
        volumes: ["state:/state"]
    volumes: {{state: {{}}}}
    """


@dataclass(frozen=True)
class Repository:
    """A repository with a plain project, its first checkout, and where others may be put."""

    cli: Cli
    parent: Path
    web: int

    def clone(self, name: str) -> Cli:
        """Another checkout, in a folder of the same name."""
        folder = self.parent / name / self.cli.folder.name
        git(self.cli.folder, "clone", "-q", str(self.cli.folder), str(folder))
        return self.cli.within(folder)


def git(folder: Path, *words: str) -> None:
    own = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", *own, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(engine: None, tmp_path: Path) -> Iterator[Repository]:
    token = f"{RUN}i"
    folder = tmp_path / "first" / token
    first = free_ports(2)
    put(folder / "compose.yaml", FILE.replace("-WEB}", f"-{first}}}").replace("FIXED", str(first + 1)))
    git(folder, "init", "-q", "-b", "trunk")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    yield Repository(Cli(folder, tmp_path / "home", token), tmp_path, first)
    sweep(token)


def published(project: str) -> set[int]:
    ids = [number for found in containers(project).values() for number in found]
    return {
        int(binding["HostPort"])
        for facts in inspect(*ids)
        for bindings in facts["NetworkSettings"]["Ports"].values()
        for binding in bindings or ()
    }


def test_a_second_clone_runs_beside_the_first_and_goes_without_a_trace(repository: Repository) -> None:
    first = repository.cli
    plain = first("up", "--json").data["project"]
    assert published(plain) == {repository.web, repository.web + 1}
    second = repository.clone("review")
    begun = second("up", "--json").data
    project = begun["project"]
    assert project == f"{first.folder.name}-review"
    low, high = map(int, port_range().split("-"))
    ports = published(project)
    assert len(ports) == 2
    assert all(low <= port <= high for port in ports)
    urls = [row["url"] for row in second("urls", "--json").data["urls"]]
    assert {int(url.rpartition(":")[2]) for url in urls} == ports, "and urls shows them"
    # What names the variable follows it: the app's own link, and what a host program is given.
    link = f"http://127.0.0.1:{min(ports)}/"
    assert link in second("do", "greet").out
    assert link in second("env", "run", "--as", "web", "--", "env").out
    assert second("up", "--json").data["unchanged"] is True
    second("down")
    second("up")
    assert published(project) == ports, "a block is kept"
    # Plain Compose acts on the same.
    line = second("compose", "--print", "--", "ps", "-q", "--no-trunc").out
    assert second.shell(line).out.split() == containers(project)["web"]

    (row,) = first("instances", "--json").data["instances"]
    assert (row["instance"], row["folder"], row["branch"]) == ("review", str(second.folder), "trunk")
    assert (row["running"], row["project"]) == (1, project)
    assert "review" in first("instances").out
    assert first("instances", "remove", "review", "--json", code=7).error["code"] == "needs-yes"
    assert volumes(project) == [f"{project}_state"]
    first("instances", "remove", "review", "--yes")
    assert (containers(project), volumes(project)) == ({}, [])
    assert first("instances", "--json").data["instances"] == []
    assert published(plain) == {repository.web, repository.web + 1}, "the first was left alone"


def test_two_that_start_at_once_share_no_port_and_none_with_a_foreign_program(repository: Repository) -> None:
    low, _high = map(int, port_range().split("-"))
    with socket.socket() as foreign:
        foreign.bind(("127.0.0.1", low))
        foreign.listen()
        started = [repository.cli.start("up", "--instance", name, "--json") for name in ("a", "b", "c")]
        answers = [finish(process) for process in started]
    projects = [answer.data["project"] for answer in answers]
    assert [answer.code for answer in answers] == [0, 0, 0]
    ports = [published(project) for project in projects]
    assert len(set.union(*ports)) == 6
    assert low not in set.union(*ports)
    repository.cli("instances", "remove", "a", "b", "c", "--yes")
    assert not any(containers(project) for project in projects)


def test_bad_input(repository: Repository) -> None:
    first = repository.cli
    review = first("up", "--instance", "review", "--json").data["project"]
    # Another folder of this name, and the same instance: its data is not touched.
    other = repository.parent / "elsewhere" / first.folder.name
    shutil.copytree(first.folder, other, ignore=shutil.ignore_patterns(".stackctl", ".git"))
    answer = first.within(other)("up", "--instance", "review", "--json", code=7)
    assert answer.error["code"] == "foreign-project"
    assert str(first.folder) in answer.error["message"]
    # No ports left, in the block and at all.
    answer = first("up", "--instance", "small", "--json", code=7, env={"STACKCTL_PORT_BLOCK": "1"})
    assert answer.error["code"] == "ports-exhausted"
    low = free_ports(4)
    answer = first("up", "--instance", "none", "--json", code=7, env={"STACKCTL_PORT_RANGE": f"{low}-{low + 3}"})
    assert answer.error["code"] == "ports-exhausted"
    assert "stackctl instances remove" in answer.error["hint"]
    assert first("instances", "remove", "reviwe", "--json", code=2).error["code"] == "unknown-instance"
    # The worktree is deleted while its instance runs.
    shutil.rmtree(first.folder)
    found = first("instances", "--json", here=repository.parent).envelope
    left = next(item for item in found["findings"] if item["subject"] == "review")
    assert left["code"] == "instance-left"
    assert "1 of its containers run" in left["message"]
    assert left["hint"] == f"remove it: stackctl instances remove {review}"
    first("instances", "remove", review, "--yes", here=repository.parent)
    assert (containers(review), volumes(review)) == ({}, [])
