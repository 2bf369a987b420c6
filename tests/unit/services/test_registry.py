from __future__ import annotations

import ast
import hashlib
import json
import re
from pathlib import Path

import pytest

import stackctl.services
from stackctl.services.base import Driver, major_of, repository_of, tag_of
from stackctl.services.registry import derivers, driver_for, drivers


def test_the_five_backing_services_have_a_driver() -> None:
    assert {"mongodb", "redis", "prometheus", "grafana", "jaeger"} <= drivers().keys()
    assert all(name == driver.name for name, driver in drivers().items())


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("mongo", "mongodb"),
        ("mongo:8.0.26", "mongodb"),
        ("docker.io/library/mongo:8", "mongodb"),
        ("registry.example:5000/mirror/mongo@sha256:00", "mongodb"),
        ("mongodb/mongodb-community-server:7.0-ubi8", "mongodb"),
        ("stackctl/mongodb:local", "mongodb"),
        ("redis:8.6.6", "redis"),
        ("valkey/valkey:8", "redis"),
        ("prom/prometheus:v3.14.0", "prometheus"),
        ("quay.io/prometheus/prometheus:v3", "prometheus"),
        ("grafana/grafana:13.2.0", "grafana"),
        ("grafana/grafana-oss", "grafana"),
        ("jaegertracing/jaeger:2.20.0", "jaeger"),
        ("jaegertracing/all-in-one:1.6", "jaeger"),
    ],
)
def test_a_driver_is_bound_by_the_image(image: str, name: str) -> None:
    assert driver_for(image, {}).name == name


@pytest.mark.parametrize(
    "image",
    [
        "",
        "acme/web:1",
        "mongo-express:1",
        "redis/redisinsight:2",
        "acme/redis-commander",
        "grafana/loki:3",
        "grafana/tempo",
        "prom/node-exporter",
        "my-mongo",
        "percona/mongodb_exporter",
    ],
)
def test_an_image_that_only_sounds_like_it_is_generic(image: str) -> None:
    assert driver_for(image, {}).name == "generic"


def test_the_label_counts_more_than_the_image() -> None:
    assert driver_for("acme/store:1", {"stackctl.service": "mongodb"}).name == "mongodb"
    assert driver_for("redis:8", {"stackctl.service": "mongodb"}).name == "mongodb"


def test_a_label_that_nobody_knows_leaves_it_to_the_image() -> None:
    assert driver_for("redis:8", {"stackctl.service": "nothing"}).name == "redis"


def test_no_image_belongs_to_two_drivers() -> None:
    for driver in drivers().values():
        for image in driver.images:
            assert [other.name for other in drivers().values() if other.matches(image)] == [driver.name]


def test_every_driver_knows_where_its_state_and_its_door_are() -> None:
    for driver in drivers().values():
        if driver.recipe:
            assert driver.data or driver.name in ("redis-exporter", "nginx"), driver.name  # these keep nothing
            assert driver.endpoints, driver.name
        assert (driver.probe == "http") == bool(driver.probe_path), driver.name


def test_the_derivers_of_all_drivers_are_found() -> None:
    made = derivers()["redis-acl"](["swordfish1"])
    assert made == f"user default on #{hashlib.sha256(b'swordfish1').hexdigest()} ~* &* +@all"
    assert "swordfish1" not in made


def test_the_exporter_of_redis_may_read_figures_and_no_key() -> None:
    default, exporter = derivers()["redis-acl"](["swordfish1", "swordfish2"]).splitlines()
    assert default == f"user default on #{hashlib.sha256(b'swordfish1').hexdigest()} ~* &* +@all"
    assert exporter.startswith(f"user exporter on #{hashlib.sha256(b'swordfish2').hexdigest()} resetkeys ")
    assert " -@all " in exporter
    assert not re.search(r"\+(?:@|get|set|eval|keys|config\|set)\b", exporter)
    assert json.loads(derivers()["redis-exporter-file"](["swordfish2"])) == {
        "redis://exporter@redis:6379": "swordfish2"
    }


@pytest.mark.parametrize(
    ("image", "repository", "tag"),
    [
        ("mongo", "mongo", "latest"),
        ("mongo:8.0.26", "mongo", "8.0.26"),
        ("host:5000/mongo", "host:5000/mongo", "latest"),
        ("host:5000/a/mongo:8", "host:5000/a/mongo", "8"),
        ("mongo@sha256:00", "mongo", "latest"),
        ("host:5000/mongo:8@sha256:00", "host:5000/mongo", "8"),
    ],
)
def test_an_image_name_is_taken_apart(image: str, repository: str, tag: str) -> None:
    assert (repository_of(image), tag_of(image)) == (repository, tag)


@pytest.mark.parametrize(
    ("version", "major"),
    [("8.0.26", "8"), ("v3.14.0", "3"), ("8", "8"), ("13.2.0-ubuntu", "13"), ("latest", ""), ("", ""), ("alpine3", "")],
)
def test_the_major_version_of_a_tag(version: str, major: str) -> None:
    assert major_of(version) == major


def test_a_driver_matches_by_the_whole_repository() -> None:
    driver = Driver("x", images=("acme/x",))
    assert driver.matches("ghcr.io/acme/x:1")
    assert not driver.matches("other/x")
    assert not driver.matches("acme/xy")
    assert not driver.matches("notacme/x")


def test_no_driver_runs_anything() -> None:
    for path in Path(stackctl.services.__path__[0]).glob("*.py"):
        names = {
            alias.name.split(".")[0]
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        assert not names & {"os", "subprocess", "socket", "requests"}, path.name
