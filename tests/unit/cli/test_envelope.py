"""The JSON envelope of commands that need no engine, and of command lines that are wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import stackctl
from stackctl.secrets.store import FileSecretStore
from stackctl.workspace.files import DiskFiles
from tests.unit.cli.runs import Answer, answer

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "json.md"


def described(command: str) -> set[str]:
    """The keys of `data` that the manual shows for a command, in its first example."""
    section = PAGE.read_text("utf-8").partition(f"\n### {command}\n")[2]
    block = re.search(r"```json\n(.*?)```", section, re.DOTALL)
    assert block
    return set(json.loads(block[1]))


def checked(said: Answer, command: str) -> dict[str, object]:
    envelope = said.envelope
    assert said.err == ""
    assert (said.code, envelope["error"], envelope["command"]) == (0, None, command)
    assert set(envelope["data"]) == described(command)
    data: dict[str, object] = envelope["data"]
    return data


def test_version_without_an_engine(capsys: pytest.CaptureFixture[str]) -> None:
    said = answer(capsys, "version", "--json")
    data = said.envelope["data"]
    assert said.code == 0
    assert data["stackctl"] == stackctl.__version__
    assert data["engine"].startswith("none (")
    assert set(data) <= described("version")


def test_the_version_flag(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, "--version") == Answer(0, f"stackctl {stackctl.__version__}\n", "")


def test_completion(capsys: pytest.CaptureFixture[str]) -> None:
    data = checked(answer(capsys, "completion", "zsh", "--json"), "completion")
    assert data["script"] == answer(capsys, "completion", "zsh").out.removesuffix("\n")


def test_init(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    planned = checked(answer(capsys, "init", "shop", "--dry-run", "--json"), "init")
    assert not (tmp_path / "shop").exists()
    done = checked(answer(capsys, "init", "shop", "--json"), "init")
    assert done == {**planned, "dry_run": False}
    assert (tmp_path / "shop" / "stacks" / "core" / "base.yml").is_file()
    again = answer(capsys, "init", "shop", "--json")
    assert (again.code, again.envelope["error"]["code"]) == (7, "exists")


def test_a_secret(capsys: pytest.CaptureFixture[str], workspace: Path, tmp_path: Path) -> None:
    said = answer(capsys, "secrets", "show", "mongo_root", "--json")
    assert said.envelope["error"]["hint"].endswith("stackctl up dev")
    store = FileSecretStore(tmp_path / "home" / "projects" / "shop-core-dev" / "secrets", DiskFiles())
    store.put("mongo_root", "a-value-for-a-test")
    data = checked(answer(capsys, "secrets", "show", "mongo_root", "--json"), "secrets")
    assert data == {"name": "mongo_root", "value": "a-value-for-a-test"}
    assert answer(capsys, "secrets", "show", "mongo_root").out == "a-value-for-a-test\n"
    other = answer(capsys, "secrets", "show", "mongo_roto", "--json").envelope["error"]
    assert other["code"] == "unknown-secret"
    assert "a-value-for-a-test" not in json.dumps(other)


@pytest.mark.parametrize(
    ("words", "command", "code", "error"),
    [
        (("up", "-e", "prd"), "up", 2, "unknown-environment"),
        (("up", "dev", "--nonsense"), "up", 2, "misuse"),
        (("up", "dev", "--timeout", "soon"), "up", 2, "misuse"),
        (("up", "dev", "--scale", "core"), "up", 2, "misuse"),
        (("up", "dev", "-s", "croe"), "up", 2, "unknown-stack"),
        (("-s", "croe", "up", "dev"), "up", 2, "unknown-stack"),
        (("ps", "-e", "prd"), "status", 2, "unknown-environment"),
        (("up", "dev", "-e", "prod"), "up", 2, "misuse"),
        (("up", "dev", "--instance", "Two!"), "up", 2, "misuse"),
        (("down", "dev", "--all"), "down", 2, "misuse"),
        (("down", "-e", "dev", "--all"), "down", 2, "misuse"),
        (("down", "--instance", "two", "--all"), "down", 2, "misuse"),
        (("down", "--all", "-s", "croe"), "down", 2, "unknown-stack"),
        (("status", "-s", "croe"), "status", 2, "unknown-stack"),
        (("completion", "tcsh"), "completion", 2, "unknown-shell"),
        (("compose", "dev"), "compose", 2, "misuse"),
        (("nonsense",), "nonsense", 2, "unknown-command"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_wrong_command_line_has_an_envelope_too(
    words: tuple[str, ...], command: str, code: int, error: str, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = answer(capsys, *words, "--json")
    envelope = said.envelope
    assert (said.code, envelope["error"]["code"], envelope["command"]) == (code, error, command)
    assert envelope["error"]["message"]
    assert envelope["error"]["hint"]
    assert said.err == ""


def test_down_with_the_short_flag_of_compose_is_refused(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`-v` removes volumes in Compose and means `--verbose` here: neither is guessed."""
    said = answer(capsys, "down", "-v")
    assert said.code == 2
    assert "--volumes" in said.err
    assert "--verbose" in said.err


def test_a_folder_that_is_no_project(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = answer(capsys, "up", "--json")
    assert (said.code, said.envelope["error"]["code"]) == (3, "no-project")
    assert "stackctl init" in said.envelope["error"]["hint"]


def test_an_error_in_words_is_a_sentence_and_a_way_out(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = answer(capsys, "up", "-e", "prd")
    assert said == Answer(2, "", "✗ no environment is called “prd”\n→ did you mean “prod”? there is: dev, prod\n")
