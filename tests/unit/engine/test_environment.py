from __future__ import annotations

import pytest

from stackctl.engine.environment import allowed


@pytest.mark.parametrize(
    "name",
    [
        *("PATH", "HOME", "USER", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "SSH_AUTH_SOCK"),
        *("HTTP_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"),
        *("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "BUILDKIT_PROGRESS", "BUILDX_BUILDER"),
        *("COMPOSE_FILE", "COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME"),
    ],
)
def test_the_allow_list_of_the_design_gets_through(name: str) -> None:
    assert allowed({name: "x"}) == {name: "x"}


@pytest.mark.parametrize(
    "name",
    ["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "PYTHONPATH", "MY_DOCKER_HOST", "docker_host", "LD_PRELOAD", "PATHS"],
)
def test_nothing_else_does(name: str) -> None:
    assert allowed({name: "x"}) == {}


def test_what_the_files_name_gets_through() -> None:
    shell = {"MONGODB_IMAGE": "mongo:8", "MONGODB_IMAGE_OLD": "mongo:6", "PATH": "/bin"}
    assert allowed(shell, {"MONGODB_IMAGE", "NOT_SET"}) == {"MONGODB_IMAGE": "mongo:8", "PATH": "/bin"}
