"""The model as `docker compose config --format json` prints it (recorded from 2.26.1, paths shortened)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stackctl.stack.model import Build, Mount, Port, Stack, stack_from

MODEL: dict[str, Any] = {
    "configs": {"conf": {"name": "shop_conf", "content": "hello"}},
    "name": "shop",
    "networks": {"default": {"name": "shop_default", "ipam": {}}},
    "secrets": {"pw": {"name": "shop_pw", "file": "/srv/pw"}, "fromenv": {"name": "shop_fromenv", "environment": "X"}},
    "services": {
        "db": {
            "command": None,
            "entrypoint": None,
            "healthcheck": {"test": ["CMD", "x"], "interval": "1m30s", "start_period": "10s"},
            "image": "mongo:8",
            "networks": {"default": None},
            "restart": "unless-stopped",
        },
        "migrate": {"command": None, "entrypoint": None, "image": "x", "networks": {"default": None}, "restart": "no"},
        "off": {
            "command": None,
            "deploy": {"replicas": 0, "resources": {}, "placement": {}},
            "entrypoint": None,
            "healthcheck": {"test": ["NONE"]},
            "image": "x",
        },
        "queue": {
            "command": None,
            "entrypoint": None,
            "healthcheck": {"disable": True},
            "image": "x",
            "profiles": ["more"],
            "scale": 3,
        },
        "web": {
            "build": {
                "context": "/srv/app",
                "dockerfile": "Dockerfile.dev",
                "args": {"PYTHON_IMAGE": "python:3.13", "EMPTY": None, "N": 3},
                "target": "run",
            },
            "command": None,
            "configs": [{"source": "conf"}],
            "depends_on": {
                "db": {"condition": "service_healthy", "required": True},
                "migrate": {"condition": "service_completed_successfully", "required": True},
            },
            "deploy": {"replicas": 2, "resources": {}, "placement": {}},
            "entrypoint": None,
            "environment": {"A": "1", "B": None},
            "labels": {"stackctl.service": "redis", "n": 1},
            "networks": {"default": None},
            "ports": [
                {"mode": "ingress", "host_ip": "127.0.0.1", "target": 80, "published": "8080", "protocol": "tcp"},
                {"mode": "ingress", "target": 9000, "published": "9000", "protocol": "udp"},
                {"mode": "ingress", "target": 7000, "protocol": "tcp"},
                {"mode": "ingress", "target": 7001, "published": "7100-7200", "protocol": "tcp"},
            ],
            "secrets": [{"source": "pw", "target": "/run/secrets/pw"}],
            "volumes": [
                {
                    "type": "bind",
                    "source": "/srv/prometheus.yml",
                    "target": "/etc/p.yml",
                    "read_only": True,
                    "bind": {"create_host_path": True},
                },
                {"type": "volume", "source": "data", "target": "/data", "volume": {}},
                {"type": "tmpfs", "target": "/tmp"},
            ],
        },
    },
    "volumes": {"data": {"name": "shop_data"}, "ext": {"name": "other", "external": True}, "bare": None},
    "x-stackctl": {"default": True},
}


@pytest.fixture
def stack() -> Stack:
    return stack_from(MODEL)


def test_a_service_is_read(stack: Stack) -> None:
    web = stack.services["web"]
    assert (web.name, web.image, web.replicas, web.restart, web.profiles) == ("web", "", 2, "", ())
    assert web.build == Build(Path("/srv/app"), "Dockerfile.dev", {"PYTHON_IMAGE": "python:3.13", "N": "3"}, "run")
    assert web.depends_on == {"db": "service_healthy", "migrate": "service_completed_successfully"}
    assert web.environment == {"A": "1", "B": None}
    assert web.labels == {"stackctl.service": "redis", "n": "1"}
    assert (web.secrets, web.configs) == (("pw",), ("conf",))
    assert web.raw is MODEL["services"]["web"]


def test_ports_are_read_and_an_unpublished_one_is_zero(stack: Stack) -> None:
    assert stack.services["web"].ports == (
        Port(80, 8080, "127.0.0.1", "tcp"),
        Port(9000, 9000, "", "udp"),
        Port(7000, 0, "", "tcp"),
        Port(7001, 7100, "", "tcp"),
    )


def test_mounts_are_read(stack: Stack) -> None:
    assert stack.services["web"].mounts == (
        Mount("bind", "/srv/prometheus.yml", "/etc/p.yml", read_only=True, create_host_path=True),
        Mount("volume", "data", "/data", read_only=False, create_host_path=False),
        Mount("tmpfs", "", "/tmp", read_only=False, create_host_path=False),
    )


def test_the_top_level_is_read(stack: Stack) -> None:
    assert stack.name == "shop"
    assert stack.secrets["pw"].file == Path("/srv/pw")
    assert stack.secrets["fromenv"].file is None
    assert stack.configs["conf"].file is None
    volumes = {key: (volume.name, volume.external) for key, volume in stack.volumes.items()}
    assert volumes == {"data": ("shop_data", False), "ext": ("other", True), "bare": ("bare", False)}
    assert stack.settings == {"default": True}
    assert stack.raw is MODEL


@pytest.mark.parametrize(
    ("name", "probed"), [("db", True), ("queue", False), ("off", False), ("web", False), ("migrate", False)]
)
def test_a_health_check_that_is_switched_off_is_none(stack: Stack, name: str, probed: bool) -> None:
    assert stack.services[name].probed is probed


@pytest.mark.parametrize(("name", "replicas"), [("web", 2), ("queue", 3), ("off", 0), ("db", 1)])
def test_how_many_containers_are_wanted(stack: Stack, name: str, replicas: int) -> None:
    assert stack.services[name].replicas == replicas


def test_profiles_are_kept(stack: Stack) -> None:
    assert stack.services["queue"].profiles == ("more",)


def test_an_empty_model_is_a_model() -> None:
    empty = stack_from({"services": None, "volumes": None})
    assert (empty.name, dict(empty.services), dict(empty.volumes)) == ("", {}, {})
    assert stack_from({"services": {"a": None}}).services["a"].image == ""


def test_a_short_build_is_a_context() -> None:
    assert stack_from({"services": {"a": {"build": "./app"}}}).services["a"].build == Build(
        Path("./app"), "Dockerfile", {}, ""
    )


def oneshot(service: dict[str, Any], **others: dict[str, Any]) -> bool:
    return stack_from({"services": {"job": {"image": "x", **service}, **others}}).oneshot("job")


def waits(condition: str) -> dict[str, Any]:
    return {"image": "x", "depends_on": {"job": {"condition": condition, "required": True}}}


@pytest.mark.parametrize(
    ("service", "answer"),
    [
        ({}, True),
        ({"restart": "no"}, True),
        ({"restart": "no", "ports": [{"target": 80}]}, True),
        ({"restart": "always"}, False),
        ({"restart": "on-failure"}, False),
        ({"ports": [{"target": 80}]}, False),
        ({"healthcheck": {"test": ["CMD", "x"]}}, False),
        ({"labels": {"stackctl.oneshot": "true"}, "restart": "always"}, True),
        ({"labels": {"stackctl.oneshot": "TRUE"}, "ports": [{"target": 80}]}, True),
        ({"labels": {"stackctl.oneshot": "false"}}, False),
        ({"labels": {"stackctl.oneshot": "false"}, "restart": "no"}, False),
    ],
)
def test_a_job_is_told_from_a_service(service: dict[str, Any], answer: bool) -> None:
    assert oneshot(service) is answer


@pytest.mark.parametrize(
    ("condition", "answer"),
    [("service_completed_successfully", True), ("service_started", False), ("service_healthy", False)],
)
def test_what_waits_for_it_says_what_it_is(condition: str, answer: bool) -> None:
    assert oneshot({}, web=waits(condition)) is answer


def test_completion_counts_more_than_ports_and_another_dependent() -> None:
    others = {"a": waits("service_started"), "b": waits("service_completed_successfully")}
    assert oneshot({"restart": "always", "ports": [{"target": 80}]}, **others)


def test_the_label_counts_more_than_what_waits_for_it() -> None:
    assert not oneshot({"labels": {"stackctl.oneshot": "false"}}, a=waits("service_completed_successfully"))
