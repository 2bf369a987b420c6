"""`stackctl rehearse`: the committed files alone, and every gap between them and a healthy stack."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.cli import RUN, TOOLS, Answer, Cli, docker, free_ports, put, sweep

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("rehearse")]

GOOD = f"""
    services:
      web:
        image: {TOOLS}
        init: true
        command: [sleep, "900"]
        ports: ["127.0.0.1:${{WEB_PORT:-NUMBER}}:80"]
        volumes: ["./settings.txt:/etc/settings.txt:ro", "state:/state"]
    volumes: {{state: {{}}}}
    """
GAPS = """
    services:
      web:
        image: stackctl/tools
        pull_policy: never
        command: [sleep, "900"]
        environment: {TOKEN: "${TOKEN:?ask a colleague}", MODE: "${MODE}", LEVEL: "${LEVEL:-info}"}
        volumes: ["./settings.txt:/etc/settings.txt:ro"]
    """


@pytest.fixture
def cli(engine: None, tmp_path: Path) -> Iterator[Cli]:
    token = f"{RUN}re"
    folder = tmp_path / token
    put(folder / "compose.yaml", GOOD.replace("NUMBER", str(free_ports(1))))
    put(folder / "settings.txt", "a\n")
    git(folder, "init", "-q")
    commit(folder)
    yield Cli(folder, tmp_path / "home", token)
    sweep(token)


def git(folder: Path, *words: str) -> None:
    own = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", *own, *words], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "it")


def gaps(answer: Answer) -> set[tuple[str, str]]:
    return {(item["code"], item["subject"]) for item in answer.data["gaps"]}


def nothing_left(cli: Cli) -> bool:
    for words in (("ps", "-a", "--format", "{{.Names}}"), ("volume", "ls", "-q")):
        assert cli.token not in docker(*words)
    assert cli("instances", "--json").data["instances"] == []
    return not list((cli.home / "rehearsals").glob("*"))


def test_a_project_without_gaps_starts_from_its_clone(cli: Cli) -> None:
    (cli.folder / "settings.txt").write_text("changed and not committed\n")
    answer = cli("rehearse", "--json")
    assert answer.data["started"] is True
    assert answer.data["gaps"] == []
    assert set(answer.data["seconds"]) == {"clone", "first_healthy"}
    assert [step["name"] for step in answer.data["steps"]][:5] == [
        "doctor",
        "environment",
        "secrets",
        "images",
        "start",
    ]
    assert {step["name"]: step["state"] for step in answer.data["steps"]}["verify"] == "warning"
    assert [item["code"] for item in answer.envelope["findings"]] == ["network.outside"], "nobody listens on its port"
    assert nothing_left(cli)


def test_every_gap_is_named_and_ends_with_9(cli: Cli) -> None:
    put(cli.folder / "compose.yaml", GAPS)
    (cli.folder / ".gitignore").write_text(".env\nsettings.txt\n")
    (cli.folder / ".env").write_text("TOKEN=canary-of-mine\nMODE=x\n")
    git(cli.folder, "rm", "-q", "--cached", "settings.txt")
    commit(cli.folder)
    answer = cli("rehearse", "--json", code=9)
    assert answer.error["code"] == "rehearsal-gaps"
    # LEVEL has its default beside it, and there is no template at all that could lack it.
    assert gaps(answer) == {
        ("undocumented-variable", "TOKEN"),
        ("undocumented-variable", "MODE"),
        ("manual-step", "TOKEN"),
        ("missing-file", "web"),
        ("unpinned-image", "web"),
    }
    assert "canary-of-mine" not in answer.text
    (missing,) = [item for item in answer.data["gaps"] if item["code"] == "missing-file"]
    assert "git add settings.txt" in missing["hint"]
    steps = {step["name"]: step["state"] for step in answer.data["steps"]}
    assert (steps["environment"], steps["start"]) == ("failed", "open")
    assert nothing_left(cli)


def test_bad_input(cli: Cli, tmp_path: Path) -> None:
    other = tmp_path / "no-git"
    put(other / "compose.yaml", GAPS)
    assert cli("rehearse", "--json", code=2, here=other).error["code"] == "no-git"
    put(cli.folder / "compose.prod.yaml", "services: {web: {labels: {a: b}}}\n")
    answer = cli("rehearse", "prod", "--json", code=9)
    assert [item["code"] for item in answer.data["gaps"]] == ["missing-file"]
    assert "git" in answer.data["gaps"][0]["hint"]
    assert cli("rehearse", "-p", "mine", "--json", code=2).error["code"] == "misuse"
    assert cli("rehearse", "wbe", "--json", code=2).error["code"] == "unknown-service"
    assert nothing_left(cli)
