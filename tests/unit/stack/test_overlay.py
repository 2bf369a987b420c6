"""The overlay merged by Compose itself: `docker compose config` needs no engine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from stackctl.stack.model import Port
from stackctl.stack.overlay import HEADER, Overlay, render

BASE = """
name: shop
services:
  web:
    image: acme/web:1
    build: {context: ., args: {A: "1", PYTHON_IMAGE: "python:3"}}
    ports: ["127.0.0.1:8080:80", "53:53/udp"]
    depends_on: {db: {condition: service_healthy}, cache: {condition: service_started}}
  db: {image: "mongo:8"}
  cache: {image: "redis:8"}
"""

FULL = Overlay(
    images={"db": "stackctl/mongodb:local", "cache": "stackctl/redis:local"},
    build_args={"web": {"PYTHON_IMAGE": "stackctl/python:local"}},
    ports={"web": (Port(80, 8081, "127.0.0.1", "tcp"), Port(53, 53, "", "udp"), Port(9, 0, "", "tcp"))},
    depends_on={"web": {"cache": "service_started"}},
    ca_for=("web",),
    ca_bundle=Path("/etc/ssl/certs/ca-certificates.crt"),
)


class Tagged(yaml.SafeLoader):
    """Keeps what `!override` stands on, and says that it does."""


def _override(loader: Tagged, node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return ("override", loader.construct_sequence(node, deep=True))
    assert isinstance(node, yaml.MappingNode)
    return ("override", loader.construct_mapping(node, deep=True))


Tagged.add_constructor("!override", _override)


def read(overlay: Overlay) -> Any:
    return yaml.load(render(overlay), Tagged)  # a SafeLoader's child


@pytest.fixture
def docker() -> str:
    found = shutil.which("docker")
    if found is None or subprocess.run((found, "compose", "version"), capture_output=True, check=False).returncode:
        if os.environ.get("CI"):
            pytest.fail("there is no docker compose: the overlay cannot be merged")
        pytest.skip("there is no docker compose here")
    return found


def merged(docker: str, folder: Path, overlay: Overlay, base: str = BASE) -> dict[str, Any]:
    (folder / "base.yml").write_text(base)
    (folder / "overlay.yml").write_text(render(overlay))
    words = (docker, "compose", "-f", "base.yml", "-f", "overlay.yml", "config", "--format", "json")
    # No engine answers at this address, and none is needed.
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "DOCKER_HOST": "unix:///none", "USER": "nobody"}
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    model: dict[str, Any] = json.loads(done.stdout)
    return model


def test_an_overlay_says_who_made_it_and_is_plain_yaml() -> None:
    assert render(FULL).startswith(HEADER)
    assert read(FULL) == {
        "services": {
            "cache": {"image": "stackctl/redis:local"},
            "db": {"image": "stackctl/mongodb:local"},
            "web": {
                "build": {"args": {"PYTHON_IMAGE": "stackctl/python:local"}, "secrets": ["ca"]},
                "ports": (
                    "override",
                    [
                        {
                            "target": 80,
                            "protocol": "tcp",
                            "mode": "ingress",
                            "published": "8081",
                            "host_ip": "127.0.0.1",
                        },
                        {"target": 53, "protocol": "udp", "mode": "ingress", "published": "53"},
                        {"target": 9, "protocol": "tcp", "mode": "ingress"},
                    ],
                ),
                "depends_on": ("override", {"cache": {"condition": "service_started"}}),
            },
        },
        "secrets": {"ca": {"file": "/etc/ssl/certs/ca-certificates.crt"}},
    }


def test_it_is_the_same_text_every_time() -> None:
    swapped = Overlay(images={"cache": "b", "db": "a"})
    assert render(swapped) == render(Overlay(images={"db": "a", "cache": "b"}))


@pytest.mark.parametrize(
    "overlay",
    [
        Overlay(images={"a": "x"}),
        Overlay(build_args={"a": {"X": "y"}}),
        Overlay(ports={"a": ()}),
        Overlay(depends_on={"a": {}}),
        Overlay(ca_for=("a",)),
    ],
)
def test_anything_at_all_is_not_empty(overlay: Overlay) -> None:
    assert not overlay.empty
    assert Overlay().empty


def test_compose_merges_images_and_arguments_as_meant(docker: str, tmp_path: Path) -> None:
    services = merged(docker, tmp_path, FULL)["services"]
    assert (services["db"]["image"], services["cache"]["image"]) == ("stackctl/mongodb:local", "stackctl/redis:local")
    assert services["web"]["image"] == "acme/web:1"
    assert services["web"]["build"]["args"] == {"A": "1", "PYTHON_IMAGE": "stackctl/python:local"}


def test_compose_takes_the_whole_port_list_instead_of_adding_to_it(docker: str, tmp_path: Path) -> None:
    ports = merged(docker, tmp_path, FULL)["services"]["web"]["ports"]
    assert [(port["target"], port.get("published"), port.get("host_ip")) for port in ports] == [
        (80, "8081", "127.0.0.1"),
        (53, "53", None),
        (9, None, None),
    ]


def test_compose_drops_the_dependency_that_was_left_out(docker: str, tmp_path: Path) -> None:
    assert list(merged(docker, tmp_path, FULL)["services"]["web"]["depends_on"]) == ["cache"]
    none = merged(docker, tmp_path, Overlay(depends_on={"web": {}}))["services"]["web"]
    assert not none.get("depends_on")


def test_compose_finds_the_build_secret(docker: str, tmp_path: Path) -> None:
    model = merged(docker, tmp_path, FULL)
    assert model["services"]["web"]["build"]["secrets"] == [{"source": "ca"}]
    assert model["secrets"]["ca"]["file"] == "/etc/ssl/certs/ca-certificates.crt"


def test_names_that_yaml_would_take_for_something_else_stay_names(docker: str, tmp_path: Path) -> None:
    base = 'name: shop\nservices:\n  "on": {image: x}\n  "1": {image: y}\n'
    services = merged(docker, tmp_path, Overlay(images={"on": "a", "1": "b"}), base)["services"]
    assert (services["on"]["image"], services["1"]["image"]) == ("a", "b")


def test_a_dollar_in_a_path_is_no_variable(docker: str, tmp_path: Path) -> None:
    overlay = Overlay(ca_for=("web",), ca_bundle=Path("/home/a$USER/ca.crt"))
    model = merged(docker, tmp_path, overlay)
    # Compose prints a literal `$` as `$$`.
    assert model["secrets"]["ca"]["file"].replace("$$", "$") == "/home/a$USER/ca.crt"
