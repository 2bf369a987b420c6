from __future__ import annotations

from typing import Any

import pytest

from stackctl.engine.address import EngineAddress
from stackctl.engine.facts import Said, engine_facts
from stackctl.errors import EngineError

INFO: dict[str, Any] = {
    "OperatingSystem": "Debian GNU/Linux 12",
    "DockerRootDir": "/var/lib/docker",
    "NCPU": 2,
    "MemTotal": 8000000000,
    "CgroupVersion": "2",
    "Driver": "overlay2",
    "SecurityOptions": ["name=seccomp,profile=builtin", "name=rootless"],
    "RegistryConfig": {"Mirrors": ["https://mirror.example/"]},
    "HttpProxy": "http://proxy:3128",
    "Name": "box",
    "ClientInfo": {
        "Plugins": [
            {"Name": "buildx", "Version": "0.13.1+ds1", "Vendor": "Docker Inc."},
            {"Name": "compose", "Version": "2.26.1-4", "Vendor": "Docker Inc."},
        ]
    },
}
VERSION: dict[str, Any] = {"Client": {"Version": "28.2.2"}, "Server": {"Version": "26.1.5+dfsg1", "ApiVersion": "1.45"}}
HERE = EngineAddress("default", "unix:///var/run/docker.sock")


def test_the_answers_are_read() -> None:
    facts = engine_facts(Said(INFO, VERSION), HERE)
    assert (facts.version, facts.api, facts.compose, facts.buildx) == ("26.1.5+dfsg1", "1.45", "2.26.1-4", "0.13.1+ds1")
    assert (facts.cpus, facts.memory, facts.cgroup, facts.storage) == (2, 8000000000, "v2", "overlay2")
    assert (facts.rootless, facts.proxies, facts.mirrors) == (True, True, ("https://mirror.example/",))
    assert (facts.name, facts.os, facts.root_dir) == ("box", "Debian GNU/Linux 12", "/var/lib/docker")
    assert facts.local


def test_a_plugin_that_is_not_there_or_does_not_run_is_empty() -> None:
    broken = {"Name": "compose", "Err": "failed to fetch metadata: permission denied"}
    facts = engine_facts(Said({**INFO, "ClientInfo": {"Plugins": [broken]}}, VERSION), HERE)
    assert (facts.compose, facts.buildx) == ("", "")


def test_a_modest_engine_has_neither_mirrors_nor_proxies() -> None:
    info = {"RegistryConfig": None, "SecurityOptions": None}
    facts = engine_facts(Said(info, VERSION), EngineAddress("far", "ssh://far"))
    assert (facts.rootless, facts.proxies, facts.mirrors, facts.context, facts.local) == (
        False,
        False,
        (),
        "far",
        False,
    )


def test_a_client_that_answers_for_an_engine_that_does_not_is_an_error() -> None:
    down = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
    for info, version in (({"ServerErrors": [down]}, VERSION), (INFO, {"Client": {}, "Server": None})):
        with pytest.raises(EngineError) as caught:
            engine_facts(Said(info, version), HERE)
        assert caught.value.code == "engine-unreachable"


def test_an_error_that_nobody_knows_is_repeated() -> None:
    with pytest.raises(EngineError, match="out of cheese"):
        engine_facts(Said({"ServerErrors": ["out of cheese"]}, VERSION), HERE)
