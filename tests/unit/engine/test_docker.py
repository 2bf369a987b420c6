"""The real engine over a docker command of ours: a small program that answers from a table."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stackctl.engine.cli import DockerCli
from stackctl.engine.docker import DockerEngine
from stackctl.engine.door import Compose
from stackctl.errors import ConfigError, EngineError
from stackctl.mask import Mask

PROGRAM = """#!{python}
import json, os, sys
from pathlib import Path
here = Path({here!r})
words = sys.argv[1:]
with (here / "asked").open("a") as notes:
    note = {{"argv": words, "env": dict(os.environ), "cwd": os.getcwd(), "stdin": ""}}
    if "up" in words:
        note["stdin"] = sys.stdin.read()
    notes.write(json.dumps(note) + "\\n")
for wanted, code, out, err in json.loads((here / "answers").read_text()):
    if all(any(word in given for given in words) for word in wanted):
        sys.stdout.write(out)
        sys.stderr.write(err)
        sys.exit(code)
"""
SECRET = "swordfish-99"
RECORDED = Path(__file__).parent / "recorded"


@dataclass
class Docker:
    """The program's folder, and the engine that finds it on its path."""

    folder: Path
    engine: DockerEngine
    commands: list[str]

    def answers(self, *rows: tuple[tuple[str, ...], int, str, str]) -> None:
        (self.folder / "answers").write_text(json.dumps(rows))

    @property
    def asked(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "asked").read_text().splitlines()]

    @property
    def compose(self) -> Compose:
        return Compose("shop", ("-p", "shop", "-f", "/srv/shop/compose.yml"), self.folder, {"IMG": "x:1"})


@pytest.fixture
def docker(tmp_path: Path) -> Docker:
    program = tmp_path / "docker"
    program.write_text(PROGRAM.format(python=sys.executable, here=str(tmp_path)))
    program.chmod(0o755)
    (tmp_path / "answers").write_text("[]")
    commands: list[str] = []
    shell = {"PATH": str(tmp_path), "HOME": "/h", "DOCKER_HOST": "unix:///x", "AWS_TOKEN": "t", "IMG": "shell"}
    return Docker(tmp_path, DockerEngine(shell, Mask([SECRET]), commands.append), commands)


def test_the_model_is_read_with_the_variables_that_the_files_name(docker: Docker) -> None:
    docker.answers((("config", "json"), 0, '{"name": "shop", "services": {}}', ""))
    assert docker.engine.config(docker.compose) == {"name": "shop", "services": {}}
    (asked,) = docker.asked
    assert asked["argv"] == ["compose", "-p", "shop", "-f", "/srv/shop/compose.yml", "config", "--format", "json"]
    assert asked["cwd"] == str(docker.folder)
    assert (asked["env"]["IMG"], asked["env"]["DOCKER_HOST"]) == ("x:1", "unix:///x")
    assert "AWS_TOKEN" not in asked["env"]
    assert docker.commands == ["docker compose -p shop -f /srv/shop/compose.yml config --format json"]


def test_a_model_that_compose_rejects_is_said_without_the_secret_in_it(docker: Docker) -> None:
    docker.answers((("config",), 15, "", f"services.web.ports {SECRET} is odd\n"))
    with pytest.raises(ConfigError) as caught:
        docker.engine.config(docker.compose)
    assert SECRET not in caught.value.message
    assert "is odd" in caught.value.message
    assert "compose.yml" in caught.value.message


@pytest.mark.parametrize("said", ["docker: 'compose' is not a docker command.", "unknown shorthand flag: 'p' in -p"])
def test_a_docker_without_compose_is_an_engine_error(docker: Docker, said: str) -> None:
    docker.answers((("config",), 125, "", said))
    with pytest.raises(EngineError, match="no Compose plugin"):
        docker.engine.config(docker.compose)


def test_no_docker_at_all_says_how_to_install_it(tmp_path: Path) -> None:
    engine = DockerEngine({"PATH": str(tmp_path)}, Mask())
    with pytest.raises(EngineError) as caught:
        engine.containers("shop")
    assert (caught.value.exit_code, "install Docker" in caught.value.hint) == (4, True)


def test_digests_are_read(docker: Docker) -> None:
    docker.answers((("--hash", "*"), 0, "db aa11\nweb bb22\n", ""))
    assert docker.engine.hashes(docker.compose) == {"db": "aa11", "web": "bb22"}


def test_every_missing_variable_is_asked_for_one_by_one(docker: Docker) -> None:
    program = docker.folder / "docker"
    program.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        "for name in ('B', 'A', 'C'):\n"
        "    if name not in os.environ:\n"
        "        sys.exit(f'error while interpolating x: required variable {name} is missing a value')\n"
    )
    assert docker.engine.missing_variables(docker.compose) == ["A", "B", "C"]


def test_a_variable_that_stays_missing_ends_the_search(docker: Docker) -> None:
    docker.answers((("config",), 15, "", "required variable A is missing a value"))
    assert docker.engine.missing_variables(docker.compose) == ["A"]


def test_containers_are_listed_and_inspected_and_one_off_ones_left_out(docker: Docker) -> None:
    raw = json.loads((RECORDED / "containers.json").read_text())
    raw[0]["Config"]["Labels"]["com.docker.compose.oneoff"] = "True"
    ids = "".join(f"{item['Id']} /srv/shop/stacks/core\n" for item in raw)
    docker.answers((("ps",), 0, ids, ""), (("inspect",), 0, json.dumps(raw), ""))
    assert [item.service for item in docker.engine.containers("shop-core-dev")] == ["jaeger", "jaeger-init"]
    assert "label=com.docker.compose.project=shop-core-dev" in docker.asked[0]["argv"]


def test_only_containers_of_a_folder_are_inspected(docker: Docker) -> None:
    docker.answers((("ps",), 0, "aa /srv/shop/stacks/core\nbb /srv/shopping\ncc \n", ""), (("inspect",), 0, "[]", ""))
    docker.engine.containers("", below=Path("/srv/shop"))
    assert docker.asked[-1]["argv"][-1:] == ["aa"]


def test_no_containers_are_not_inspected(docker: Docker) -> None:
    assert docker.engine.containers("shop") == []
    assert [asked["argv"][0] for asked in docker.asked] == ["ps"]


ASKED: dict[str, Callable[[DockerEngine], object]] = {
    "containers": lambda engine: engine.containers("shop"),
    "images": lambda engine: engine.images(["x"]),
    "volumes": lambda engine: engine.volumes("shop"),
    "volume_names": lambda engine: engine.volume_names("shop"),
    "networks": lambda engine: engine.networks("shop"),
    "volume_sizes": lambda engine: engine.volume_sizes(["x"]),
    "remove_volumes": lambda engine: engine.remove_volumes(["x"]),
    "facts": lambda engine: engine.facts(),
}


@pytest.mark.parametrize("name", sorted(ASKED))
def test_an_engine_that_does_not_answer_is_an_engine_error(docker: Docker, name: str) -> None:
    docker.answers(((), 1, "", "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?"))
    with pytest.raises(EngineError):
        ASKED[name](docker.engine)


def test_images_are_found_by_the_names_they_were_asked_for(docker: Docker) -> None:
    app, redis = json.loads((RECORDED / "images.json").read_text())
    docker.answers((("image", "inspect"), 1, json.dumps([redis, app]), "Error: No such image: gone:1\n"))
    found = docker.engine.images(["stackctl/redis:local", "gone:1", "stackctl/core-app:dev", app["Id"]])
    assert sorted(found) == sorted(["stackctl/redis:local", "stackctl/core-app:dev", app["Id"]])
    assert found["stackctl/redis:local"].id == redis["Id"]


def test_an_image_without_a_tag_is_the_latest_one(docker: Docker) -> None:
    raw = {"Id": "sha256:1", "RepoTags": ["mongo:latest"], "Size": 1}
    docker.answers((("image",), 1, json.dumps([raw]), "Error: No such image: gone\n"))
    assert list(docker.engine.images(["mongo", "gone"])) == ["mongo"]


def test_what_up_says_is_masked_and_its_input_is_closed(docker: Docker) -> None:
    docker.answers((("up",), 1, "", f" Container x  Error {SECRET}\nlast\n"))
    lines: list[str] = []
    handle = docker.engine.up(docker.compose, ("web",), lines.append)
    for _ in range(200):
        if handle.poll() is not None and len(lines) == 2:
            break
        time.sleep(0.05)
    assert handle.poll() == 1
    assert lines == [" Container x  Error ***\n", "last\n"]
    (asked,) = docker.asked
    assert asked["stdin"] == ""
    assert asked["argv"][-3:] == ["up", "-d", "web"]
    assert "--yes" not in asked["argv"]


def test_what_a_docker_command_says_is_masked(docker: Docker) -> None:
    docker.answers((("exec",), 3, f"out {SECRET}", f"err {SECRET}"))
    outcome = docker.engine.run(("exec", "x", "y"))
    assert (outcome.code, outcome.out, outcome.err) == (3, "out ***", "err ***")


def test_volume_sizes_are_bytes(docker: Docker) -> None:
    rows = [{"Name": "a", "Size": "1.5GB"}, {"Name": "b", "Size": "12kB"}, {"Name": "c", "Size": "N/A"}, {"Name": "d"}]
    docker.answers((("system", "df"), 0, json.dumps({"Volumes": rows}), ""))
    assert docker.engine.volume_sizes(["a", "b", "c"]) == {"a": 1_500_000_000, "b": 12_000, "c": 0}


def test_a_folder_that_does_not_exist_is_the_configs_fault(docker: Docker) -> None:
    gone = Compose("shop", (), docker.folder / "gone", {})
    with pytest.raises(ConfigError, match="does not exist"):
        docker.engine.config(gone)


def test_a_compose_that_reads_for_ever_is_a_matter_of_the_files_and_not_of_the_engine(docker: Docker) -> None:
    (docker.folder / "docker").write_text("#!/bin/sh\nexec sleep 60\n")
    cli = DockerCli({"PATH": f"{docker.folder}:{os.environ['PATH']}"}, Mask())
    with pytest.raises(ConfigError, match="Compose took longer") as caught:
        cli.compose(docker.compose, ("config",), timeout=0.1)
    assert caught.value.code == "compose-slow"
    with pytest.raises(EngineError, match="engine took longer"):
        cli.compose(docker.compose, ("ps",), timeout=0.1)
