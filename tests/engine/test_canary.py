"""No secret value comes out anywhere: canaries are planted, every command is run, and everything is searched.

What is run stands in canary_lines.py. After each line all output, all files of the workspace and of STACKCTL_HOME, the
arguments of every process, and the containers with their logs are searched.
"""

from __future__ import annotations

import base64
import json
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import click
import pytest

from stackctl.workspace.codec import zstd
from tests.engine.canary_lines import DEV_LOCAL_ENV, LINES, SPOILS, Line
from tests.engine.cli import RUN, Answer, Cli, containers, docker, inspect, new_workspace, put, sweep, volumes

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("canary")]


@dataclass(frozen=True)
class Planted:
    """A workspace full of canaries; `values` is where each was planted."""

    cli: Cli
    values: Mapping[str, str]
    files: frozenset[Path]

    @property
    def project(self) -> str:
        return f"{self.cli.token}-core-dev"

    def hits(self, text: str) -> set[str]:
        """The canaries in a text, in any of the forms in which a value travels."""
        return {name for name, value in self.values.items() if any(form in text for form in forms(value))}


def forms(value: str) -> set[str]:
    raw = value.encode()
    return {value, quote(value, safe=""), base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}


@pytest.fixture(scope="module")
def planted(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    parent = tmp_path_factory.mktemp("canary")
    cli = new_workspace(parent / f"{RUN}y", parent / "home").having(SHOP_SHELL_TOKEN=f"canary{uuid4().hex}")
    values = {name: f"canary{uuid4().hex}" for name in ("mongo_root", "redis_password", "grafana_admin", "local env")}
    values["shell"] = cli.variables["SHOP_SHELL_TOKEN"]
    folder = cli.home / "projects" / f"{cli.token}-core-dev" / "secrets"
    for name in ("mongo_root", "redis_password", "grafana_admin"):
        put(folder / name, values[name])
    for path in (cli.home, cli.home / "projects", folder.parent, folder):
        path.chmod(0o700)
    put(cli.folder / DEV_LOCAL_ENV, f"SHOP_API_KEY={values['local env']}\n")
    cli("secrets", "identity")
    identity = cli.home / "identity"
    values["identity"] = identity.read_text().split()[-1]
    cli("secrets", "recipients", "add", "-", stdin=cli("secrets", "identity").out)
    subprocess.run("git init -q && git add .", shell=True, cwd=cli.folder, check=True)
    found = Planted(cli, values, frozenset({cli.folder / DEV_LOCAL_ENV, identity}))
    try:
        with searched(found, "the first start") as line:
            line(cli("up", "dev", "--auto-ports", "--verbose"))
        acl = (folder / "redis_acl").read_text()
        digest = next(word for word in acl.split() if word.startswith("#"))
        yield Planted(cli, {**values, "redis_acl": digest}, found.files)
    finally:
        sweep(cli.token)


@contextmanager
def spoiled(planted: Planted, name: str) -> Iterator[Planted]:
    """The workspace with something broken, and whole again afterwards."""
    changed = {planted.cli.folder / path: text for path, text in SPOILS.get(name, {}).items()}
    kept = {path: path.read_bytes() if path.exists() else None for path in changed}
    for path, text in changed.items():
        put(path, text.replace("{CANARY}", planted.values["local env"]).replace("TOKEN/", f"{planted.cli.token}/"))
    try:
        yield Planted(planted.cli, planted.values, planted.files | changed.keys())
    finally:
        for path, data in kept.items():
            if data is None:
                path.unlink()
            else:
                path.write_bytes(data)


@contextmanager
def arguments_seen() -> Iterator[set[str]]:
    """Gives the arguments of every process that is there meanwhile, for values that are not known before."""
    stop, seen = threading.Event(), set[str]()

    def watch() -> None:
        while not stop.wait(0.02):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
                except OSError:
                    continue

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        stop.set()
        watcher.join()


@contextmanager
def searched(planted: Planted, what: str) -> Iterator[Callable[[Answer], None]]:
    """Give a function that takes the answer; search it, and everything that is there afterwards."""
    found: dict[str, set[str]] = {}

    def take(answer: Answer) -> None:
        found["standard output"] = planted.hits(answer.out)
        found["standard error"] = planted.hits(answer.err)

    with arguments_seen() as seen:
        yield take
    found["arguments of a process"] = {name for line in seen for name in planted.hits(line)}
    found |= in_files(planted)
    found |= in_containers(planted)
    leaks = {place: names for place, names in found.items() if names}
    assert not leaks, f"after {what}: {leaks}"


def in_files(planted: Planted) -> dict[str, set[str]]:
    """All files of the workspace and of STACKCTL_HOME, the store and what was planted left out."""
    found = {}
    for root in (planted.cli.folder, planted.cli.home):
        for path in root.rglob("*"):
            kept = path.parent.parent.parent.name == "projects" and path.parent.name in ("secrets", "past")
            if path.is_file() and path not in planted.files and not kept:
                found[str(path)] = planted.hits(content(path).decode("utf-8", "replace"))
    return found


def content(path: Path) -> bytes:
    """What is in a file; of a bundle what is packed in it, as whoever receives it reads it."""
    data = path.read_bytes()
    return bytes(zstd().decompress(data)) if path.name == "trouble.tar.zst" else data


def in_containers(planted: Planted, project: str = "") -> dict[str, set[str]]:
    """What `docker inspect` tells of each container but its history, and the arguments that run in it."""
    found = {}
    for ids in containers(project or planted.project).values():
        for facts in inspect(*ids):
            name = facts["Name"]
            told = {key: value for key, value in facts.items() if key != "State"}
            # A command that the test itself made of the value is not ours to hide.
            if "leaky" not in name:
                found[f"inspect {name}"] = planted.hits(json.dumps(told))
                found[f"logs {name}"] = planted.hits(logs_of(facts["Id"]))
            if facts["State"]["Running"]:
                found[f"top {name}"] = planted.hits(docker("top", facts["Id"], "-eo", "pid,args"))
    return found


def logs_of(number: str) -> str:
    """All that a container printed, on both streams."""
    words = ["docker", "logs", number]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.stdout.decode("utf-8", "replace")


@pytest.mark.parametrize("line", LINES, ids=str)
def test_nothing_comes_out(planted: Planted, line: Line) -> None:
    words = line.words.split()
    place = words.index("--") if "--" in words else len(words)
    with spoiled(planted, line.spoil) as here, searched(here, str(line)) as take:
        stdin = line.stdin.format_map(planted.values)
        answer = here.cli(*words[:place], "--verbose", *words[place:], code=line.code, env=line.env, stdin=stdin)
        take(answer)
    if line.then:
        planted.cli(*line.then.split())


def test_an_instance_tells_nothing(planted: Planted) -> None:
    for words in (
        ("up", "dev", "redis", "--instance", "b", "--dry-run"),
        ("up", "dev", "redis", "--instance", "b"),
        ("urls", "dev", "--instance", "b"),
        ("instances",),
    ):
        with searched(planted, " ".join(words)) as take:
            take(planted.cli(*words, "--verbose"))
    with searched(planted, "its end") as take:
        take(planted.cli("instances", "remove", "b", "--yes", "--verbose"))


def test_secrets_that_a_fork_makes_come_out_nowhere(planted: Planted) -> None:
    """A login that is set again in copied data passes through helpers: neither the old nor the new one is told."""
    words = ("up", "dev", "mongodb", "redis", "--no-deps", "--instance", "own", "--fork-from", "dev", "--new-secrets")
    with searched(planted, "a fork with secrets of its own") as take, arguments_seen() as seen:
        answer = planted.cli(*words, "--verbose")
        take(answer)
    project = f"{planted.project}-own"
    folder = planted.cli.home / "projects" / project / "secrets"
    values = {name: (folder / name).read_text() for name in ("mongo_root", "redis_password", "grafana_admin")}
    here = Planted(planted.cli, values, planted.files)
    found = {"output": here.hits(answer.text), "arguments": {name for line in seen for name in here.hits(line)}}
    found |= in_files(here) | in_containers(here, project)
    assert not {place: names for place, names in found.items() if names}
    both = Planted(
        planted.cli, {**planted.values, **{f"new {name}": value for name, value in values.items()}}, here.files
    )
    with searched(both, "its addresses and its end") as take:
        take(both.cli("urls", "dev", "--instance", "own", "--verbose"))
        take(both.cli("instances", "remove", "own", "--yes", "--verbose"))


def test_a_secret_comes_out_only_where_it_was_asked_for(planted: Planted) -> None:
    for name in ("mongo_root", "redis_password", "grafana_admin"):
        answer = planted.cli("secrets", "show", name, "-e", "dev")
        assert answer.out == planted.values[name] + "\n"
        assert planted.hits(answer.err) == set()
        assert planted.hits(answer.out) == {name}, "and only what was asked for"
    answer = planted.cli("urls", "dev", "redis", "--reveal", "--verbose")
    assert (planted.hits(answer.out), planted.hits(answer.err)) == ({"redis_password"}, set())


# Passed on to Compose as `stop` and `exec` are; `pull` and `build` would need a registry or change an image.
NOT_TRIED = {"pull", "build", "start"}
# What shows a secret on purpose has a test of its own.
REVEALING = {"secrets show"}


def test_env_export_gives_what_the_env_files_hold_and_nothing_else(planted: Planted) -> None:
    for words in (("--format", "json"), ("--format", "shell"), ("--json",)):
        answer = planted.cli("env", "export", "dev", *words)
        assert planted.hits(answer.out) == {"local env"}, "asked for by name, like secrets show"
        assert planted.hits(answer.err) == set()


@pytest.mark.parametrize("name", ["mongo_root", "grafana_admin"])
def test_a_password_that_changed_tells_neither_the_old_nor_the_new_one(planted: Planted, name: str) -> None:
    path = planted.cli.home / "projects" / planted.project / "secrets" / name
    kept, new = path.read_text(), f"canary{uuid4().hex}"
    path.write_text(new)
    here = Planted(planted.cli, {**planted.values, "the new one": new}, planted.files)
    try:
        for words, code in (
            (("up", "dev"), 7),
            (("up", "dev", "--json"), 7),
            (("env", "drift", "dev"), 9),
            (("env", "drift", "dev", "--json"), 9),
        ):
            with searched(here, " ".join(words)) as take:
                take(here.cli(*words, "--verbose", code=code))
        path.unlink()
        with searched(here, "a secret that is gone") as take:
            take(here.cli("up", "dev", "--verbose", code=7))
    finally:
        path.write_text(kept)
        path.chmod(0o644)


def test_a_redis_password_is_changed_and_told_nowhere(planted: Planted) -> None:
    path = planted.cli.home / "projects" / planted.project / "secrets" / "redis_password"
    kept, new = path.read_text(), f"canary{uuid4().hex}"
    here = Planted(planted.cli, {**planted.values, "the new one": new}, planted.files)
    path.write_text(new)
    try:
        with searched(here, "a changed password of Redis") as take:
            take(here.cli("up", "dev", "--verbose"))
    finally:
        path.write_text(kept)
        planted.cli("up", "dev", "-q")


def test_a_restored_file_tells_neither_its_logins_nor_those_of_here(planted: Planted) -> None:
    """Files of a MongoDB that does not run hold its users; the environment has had new passwords since."""
    folder = planted.cli.home / "projects" / planted.project / "secrets"
    names = ("mongo_root", "grafana_admin")
    kept = {name: (folder / name).read_text() for name in names}
    new = {name: f"canary{uuid4().hex}" for name in names}
    here = Planted(planted.cli, {**planted.values, **{f"new {name}": new[name] for name in names}}, planted.files)
    planted.cli("stop", "dev", "mongodb")
    with searched(here, "files as a file") as take:
        take(here.cli("backup", "dev", "mongodb", "grafana", "-o", "files.tar", "--verbose"))
    planted.cli("up", "dev", "-q")
    restore = ("restore", "./files.tar", "-e", "dev", "--yes", "--verbose")
    for name in names:
        (folder / name).write_text(new[name])
    try:
        with searched(here, "a safety copy by a password that the server does not have") as take:
            answer = here.cli(*restore, code=8)
            take(answer)
            assert "--no-safety-copy" in answer.err
        with searched(here, "other logins than the file's") as take:
            take(here.cli(*restore, "--no-safety-copy"))
        (folder / "mongo_root").unlink()
        with searched(here, "a login that is gone") as take:
            take(here.cli(*restore, "--no-safety-copy", code=7))
        assert not (folder / "mongo_root").exists(), "nor has the engine put a folder in its place"
    finally:
        for name in names:
            (folder / name).write_text(kept[name])
            (folder / name).chmod(0o644)
    planted.cli(*restore, "--no-safety-copy")
    planted.cli("up", "dev", "-q")


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_no_environment_of_the_core_stack_gives_a_value_to_docker(planted: Planted, environment: str) -> None:
    """What anybody who may speak to the engine, or list processes, could read."""
    project = f"{planted.cli.token}-core-{environment}"
    with searched(planted, f"a start of {environment}") as take:
        take(planted.cli("up", environment, "--auto-ports", "--verbose"))
    folder = planted.cli.home / "projects" / project / "secrets"
    values = {path.name: path.read_text().strip() for path in folder.iterdir() if not path.name.startswith(".")}
    values["redis_acl"] = next(word for word in values["redis_acl"].split() if word.startswith("#"))
    assert set(values) >= {"mongo_root", "redis_password", "redis_acl", "grafana_admin"}
    here = Planted(planted.cli, values, planted.files)
    ids = [number for found in containers(project).values() for number in found]
    assert len(ids) == len(containers(project)) >= 6
    images = sorted({facts["Image"] for facts in inspect(*ids)})
    line = planted.cli("compose", environment, "--print").out.strip()
    told = {
        "docker inspect": json.dumps(inspect(*ids)),
        "docker image inspect": docker("image", "inspect", *images),
        **{f"docker history {name}": docker("history", "--no-trunc", "--human=false", name) for name in images},
        "docker compose config": planted.cli.shell(f"{line} config").out,
        "docker volume inspect": docker("volume", "inspect", *volumes(project)),
        "arguments": " ".join(docker("top", number, "-eo", "pid,args", check=False) for number in ids),
        "environments": environments_of(project),
    }
    assert "MONGO_INITDB_ROOT_PASSWORD_FILE" in told["docker inspect"]
    assert not {place: here.hits(text) for place, text in told.items() if here.hits(text)}
    if environment == "prod":
        planted.cli("down", "prod", "--volumes", "--yes")


def environments_of(project: str) -> str:
    """What each running container's environment is, as the engine would hand it to a new process."""
    ids = [number for found in containers(project).values() for number in found]
    return " ".join(docker("exec", number, "env", check=False) for number in ids)


def test_every_command_is_in_the_list() -> None:
    from stackctl.cli.commands import COMMANDS, PASSED_ON
    from stackctl.cli.main import cli

    def leaves(name: str, command: click.Command | None) -> Iterator[str]:
        if isinstance(command, click.Group):
            for word, part in command.commands.items():
                yield from leaves(f"{name} {word}", part)
        else:
            yield name

    context = click.Context(cli)
    known = {leaf for name in (*COMMANDS, *PASSED_ON) for leaf in leaves(name, cli.get_command(context, name))}
    tried = {name for name in known for line in LINES if f"{line.words} ".startswith(f"{name} ")}
    assert known - tried <= NOT_TRIED | REVEALING


def test_the_search_finds_what_is_there(planted: Planted) -> None:
    value = planted.values["mongo_root"]
    assert planted.hits(f"a {value} b") == {"mongo_root"}
    assert planted.hits(base64.b64encode(value.encode()).decode()) == {"mongo_root"}
