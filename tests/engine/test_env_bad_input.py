"""Env files and templates that cannot be: one sentence with the place and a way out, exit code 3, nothing changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.cli import Cli
from tests.engine.conftest import Project

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("env-bad-input")]

COMPOSE = "services: {web: {image: x, environment: {MODE: '${MODE:-}', PORT: '${PORT:-}'}}}\n"
READ = (("check",), ("show",), ("export",))
CHANGE = (("init",), ("set", "MODE", "x"), ("unset", "MODE"), ("sync", "--yes"))


@pytest.fixture
def plain(project: Project) -> Cli:
    return project("", compose__yaml=COMPOSE, __env__template="MODE=slow\n")


def said(cli: Cli, words: tuple[str, ...], code: int = 3) -> str:
    """What a refused command says; its problems where it is the check."""
    answer = cli("env", *words, "--json", code=code, timeout=60)
    return "\n".join([answer.error["message"], *(item["message"] for item in answer.envelope["findings"])])


def utf16(path: Path) -> None:
    path.write_bytes("MODE=CANARY\n".encode("utf-16"))


def binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 16)


def directory(path: Path) -> None:
    path.mkdir()


def open_quote(path: Path) -> None:
    path.write_text("PORT=1\nMODE='CANARY\n" + "more of CANARY\n" * 100)


def endless_name(path: Path) -> None:
    path.write_text("MODE=a\n" + "CANARY" * 200_000 + "!\n")


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


BROKEN: dict[Callable[[Path], None], str] = {
    utf16: ".env:1:1: the file is UTF-16",
    binary: ".env:1:1: this character cannot stand in a name",
    directory: ".env is a directory",
    open_quote: ".env:2:6: this quote is never closed",
    endless_name: ".env:2:1200001: this character cannot stand in a name",
    pipe: ".env is a pipe or a device",
    device: ".env is a pipe or a device",
}


@pytest.mark.parametrize("make", BROKEN, ids=lambda make: make.__name__)
def test_an_env_file_that_cannot_be_read(plain: Cli, make: Callable[[Path], None]) -> None:
    path = plain.folder / ".env"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    for words in (*READ, *CHANGE):
        text = said(plain, words)
        assert BROKEN[make] in text, words
        assert "CANARY" not in text
    assert BROKEN[make] in plain("env", "run", "--", "true", code=3).err
    assert (path.read_bytes() if path.is_file() else None) == before


def without_rights(cli: Cli, path: Path, mode: int) -> Cli:
    """Close a path to the commands of the test; those of root read everything by a capability, so they go without."""
    path.chmod(mode if os.getuid() == 0 else 0)
    if os.getuid() != 0:
        return cli
    os.chown(path, 65534, 65534)
    return replace(cli, before=("setpriv", "--bounding-set=-dac_override,-dac_read_search"))


def test_an_env_file_that_we_may_not_read(plain: Cli) -> None:
    path = plain.folder / ".env"
    path.write_text("MODE=CANARY\n")
    cli = without_rights(plain, path, 0o600)
    for words in READ:
        answer = cli("env", *words, "--json", code=3)
        assert "Permission denied" in answer.text
        assert "CANARY" not in answer.text


def test_a_folder_that_we_may_not_enter(plain: Cli) -> None:
    cli = without_rights(plain, plain.folder, 0o700)
    try:
        for words in (*READ, *CHANGE):
            answer = cli("env", *words, "--json", code=3)
            assert "Permission denied" in answer.error["message"]
            assert answer.error["hint"]
    finally:
        plain.folder.chmod(0o700)
        os.chown(plain.folder, os.getuid(), -1)


def test_ten_megabytes_in_one_line_and_in_many_are_read(plain: Cli) -> None:
    path = plain.folder / ".env"
    for text in (f"MODE={'x' * 10_000_000}\n", "MODE=a\n" + "# note\n" * 1_400_000):
        path.write_text(text)
        assert plain("env", "check", "--json", timeout=120).data["variables"] == 2
        plain("env", "set", "PORT", "1", timeout=120)
        changed = path.read_text()
        assert (len(changed), changed.count("PORT=1\n")) == (len(text) + 7, 1)
        assert changed.replace("PORT=1\n", "") == text


def test_more_than_64_mib_is_refused(plain: Cli) -> None:
    path = plain.folder / ".env"
    with path.open("wb") as stream:
        stream.truncate(64 * 1024 * 1024 + 1)
    for words in (*READ, *CHANGE):
        assert "more than 64 MiB" in said(plain, words)


def test_a_link_is_read_and_never_written_through(plain: Cli) -> None:
    target = plain.folder.parent / f"{plain.token}-elsewhere"
    target.write_text("MODE=theirs\n")
    (plain.folder / ".env").symlink_to(target)
    assert plain("env", "show", "MODE", "--json").data["variables"][0]["value"] == "theirs"
    for words in (("set", "MODE", "x"), ("unset", "MODE")):
        assert "symbolic link" in said(plain, words)
    assert target.read_text() == "MODE=theirs\n"


def test_a_file_of_another_user_is_not_replaced(plain: Cli) -> None:
    path = plain.folder / ".env"
    path.write_text("MODE=theirs\n")
    os.chown(path, 65534, 65534)
    for words in (("set", "MODE", "x"), ("unset", "MODE")):
        answer = plain("env", *words, "--json", code=3)
        assert "belongs to another user" in answer.error["message"]
        assert "chown" in answer.error["hint"]
    assert (path.read_text(), path.stat().st_uid) == ("MODE=theirs\n", 65534)


TEMPLATES = {
    "an unknown decorator": (
        "MODE=1\n# @requried\nPORT=\n",
        ".env.template:2:3: no decorator is called “@requried”",
        "did you mean “@required”?",
    ),
    "an unknown directive": (
        "# stackctl: genrate=hex(32)\nPORT=\n",
        ".env.template:1:13: no stackctl directive is called “genrate”",
        "did you mean “generate”?",
    ),
    "an unknown type": ("# @type=prot\nPORT=\n", ".env.template:1:", "did you mean “port”?"),
    "an unknown way to derive": (
        "# stackctl: file=a generate=hex(32)\nA=\n# stackctl: file=b derive=redis-alc(a)\nB=\n",
        ".env.template:4:1: no way to derive is called “redis-alc”",
        "did you mean “redis-acl”?",
    ),
    "a cycle": (
        "# stackctl: file=a derive=redis-acl(b)\nA=\n# stackctl: file=b derive=redis-acl(a)\nB=\n",
        ".env.template:2:1: A is derived from itself",
        "a ← b ← a",
    ),
    "a name twice": ("A=1\nB=2\nA=3\n", ".env.template:3:1: A is there twice", "line 1"),
    "a reference": ("A=$HOME\n", ".env.template:1:3: a $ in this default would be replaced", "single quotes"),
    "an open quote": ("B=1\nA='x\n", ".env.template:2:3: this quote is never closed", "close it"),
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_that_cannot_be_read(plain: Cli, name: str) -> None:
    text, message, hint = TEMPLATES[name]
    plain.write(__env="MODE=1\n", __env__template=text)
    for words in (("init",), ("sync", "--check"), ("sync", "--yes")):
        answer = plain("env", *words, "--json", code=3)
        assert message in answer.error["message"]
        assert hint in answer.error["hint"]
    if name != "an unknown way to derive":  # looking makes nothing, so it does not matter there
        assert message in said(plain, ("check",))
    assert (plain.folder / ".env").read_text() == "MODE=1\n"


def test_variables_that_compose_and_docker_read_themselves(plain: Cli) -> None:
    """They may stand in a template; the check says which have no effect there, and none is called unused."""
    names = ("COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME", "COMPOSE_ENV_FILES", "DOCKER_HOST")
    values = "\n".join(
        [
            "COMPOSE_PROFILES=a",
            f"COMPOSE_PROJECT_NAME={plain.token}x",
            "COMPOSE_ENV_FILES=no.env",
            "DOCKER_HOST=unix:///no",
        ]
    )
    plain.write(__env__template="MODE=slow\nPORT=1\n" + values + "\n")
    plain("env", "init")
    found = {item["key"]: item["code"] for item in plain("env", "check", "--json").data["problems"]}
    assert found == {"COMPOSE_ENV_FILES": "reserved-variable", "DOCKER_HOST": "reserved-variable"}
    assert plain("env", "sync", "--check").code == 0
    assert plain("config", "--format", "json").out.count(f"{plain.token}x") >= 1, "as Compose reads it"
    assert set(names) <= {row["name"] for row in plain("env", "show", "--json").data["variables"]}


@pytest.mark.parametrize(
    "value", ["a\nb\n\nc", 'it\'s "both" `and` \\', "$HOME ${X} $$", "x" * 65_536, "é ✓ \u200b", " a "]
)
def test_any_value_is_set_and_read_back(plain: Cli, value: str) -> None:
    plain("env", "set", "MODE", stdin=value + "\n")
    assert plain("env", "show", "MODE", "--json").data["variables"][0]["value"] == value
    assert plain.compose("config", "--format", "json").count("MODE") >= 1


@pytest.mark.parametrize(("data", "words"), [("a\0b", "NUL"), ("", "standard input")])
def test_a_value_that_cannot_be(plain: Cli, data: str, words: str) -> None:
    answer = plain("env", "set", "MODE", "--json", code=None, stdin=data)
    assert answer.code in (2, 3)
    assert words in answer.error["message"]
    assert not (plain.folder / ".env").exists()


@pytest.mark.parametrize("key", ["A B", "A=B=C", "", "1$", "A#"])
def test_a_name_that_cannot_be(plain: Cli, key: str) -> None:
    answer = plain("env", "set", key, "x", "--json", code=None)
    assert answer.code in (2, 3), answer
    assert not (plain.folder / ".env").exists()
