"""Docker's and Compose's own words. Recorded from 26.1/2.26.1 where nothing else is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.engine.complaints import VariableMissing, build_error, config_error, engine_error, pull_error
from stackctl.errors import ConfigError, EngineError, StartError

FILES = [Path("/srv/shop/compose.yml")]
TWO = [*FILES, Path("/srv/shop/compose.dev.yml")]


@pytest.mark.parametrize(
    "text",
    [
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
        "Cannot connect to the Docker daemon at tcp://127.0.0.1:1. Is the docker daemon running?",
        'error during connect: Get "http://far:2375/v1.50/containers/json": dial tcp: lookup far: no such host',
        'error during connect: Get "http://docker.example.com/v1.50/containers/json": command [ssh -o ConnectTimeout=30'
        " -T -- far docker system dial-stdio] has exited with exit status 255, make sure the URL is valid",
        # Docker 29
        "failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct and if the"
        " daemon is running: dial unix /var/run/docker.sock: connect: no such file or directory",
    ],
)
def test_an_engine_that_does_not_answer_is_said_so(text: str) -> None:
    error = engine_error(text)
    assert error is not None
    assert (error.exit_code, error.code) == (4, "engine-unreachable")
    assert error.hint


@pytest.mark.parametrize(
    "text",
    [
        "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get"
        ' "http://%2Fvar%2Frun%2Fdocker.sock/v1.50/containers/json": dial unix /var/run/docker.sock: connect:'
        " permission denied",
        # Docker 29
        "permission denied while trying to connect to the docker API at unix:///var/run/docker.sock",
    ],
)
def test_a_user_outside_the_group_is_told_which_group(text: str) -> None:
    error = engine_error(text)
    assert error is not None
    assert (error.exit_code, error.code) == (4, "engine-denied")
    assert "usermod -aG docker" in error.hint


def test_a_context_that_does_not_exist_is_named() -> None:
    error = engine_error(
        'Failed to initialize: unable to resolve docker endpoint: context "nope": context not found:'
        " open /root/.docker/contexts/meta/ca37/meta.json: no such file or directory"
    )
    assert error is not None
    assert error.message == "the Docker context nope does not exist"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Error response from daemon: No such container: x",
        'service "a" refers to undefined network n: invalid compose project',
        'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on'
        " 127.0.0.53:53: no such host",
        'Get "https://registry-1.docker.io/v2/": dial tcp 192.0.2.1:443: connect: connection refused',
        'ERROR: failed to solve: failed to compute cache key: "/requirements.txt": not found',
    ],
)
def test_other_complaints_are_no_engine_error(text: str) -> None:
    assert engine_error(text) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "error while interpolating services.a.image: required variable IMG is missing a value: say which\n",
            "the variable IMG is missing: say which",
        ),
        (
            "error while interpolating services.a.image: required variable IMG is missing a value\n",
            "the variable IMG is missing",
        ),
        (
            'time="2026" level=warning msg="/srv/shop/compose.yml: `version` is obsolete"\n'
            'invalid interpolation format for services.a.image.\nrequired variable "IMG" is missing a value: x y\n',
            "the variable IMG is missing: x y",
        ),
    ],
)
def test_a_missing_variable_is_named_with_its_reason(text: str, message: str) -> None:
    error = config_error(text, FILES)
    assert isinstance(error, VariableMissing)
    assert (error.subject, error.message) == ("IMG", message)
    assert (error.exit_code, error.code) == (3, "variable-missing")
    assert "export IMG=" in error.hint


@pytest.mark.parametrize(
    ("text", "files", "place"),
    [
        ("yaml: line 2: found character that cannot start any token", FILES, "/srv/shop/compose.yml:2: "),
        ("yaml: line 1: did not find expected key", TWO, "/srv/shop/compose.yml, /srv/shop/compose.dev.yml:1: "),
        ("yaml: unknown anchor 'x' referenced", FILES, "/srv/shop/compose.yml: "),
        # Compose 2.20
        (
            "parsing /srv/shop/other.yml: yaml: line 3: mapping values are not allowed in this context",
            FILES,
            "/srv/shop/other.yml:3: ",
        ),
    ],
)
def test_what_is_no_yaml_gets_its_place(text: str, files: list[Path], place: str) -> None:
    error = config_error(text, files)
    assert isinstance(error, ConfigError)
    assert error.code == "yaml-invalid"
    assert error.message.startswith(f"{place}this is not valid YAML: ")
    assert error.message.endswith(text.rpartition(": ")[2])


def test_a_key_that_stands_twice_is_said_with_file_and_line() -> None:
    text = 'yaml: unmarshal errors:\n  line 4: mapping key "image" already defined at line 3\n'
    error = config_error(text, FILES)
    assert error.exit_code == 3
    assert "line 4" in error.message
    assert "compose.yml" in error.message
    assert 'mapping key "image" already defined' in error.message


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "open /srv/shop/none.yml: no such file or directory",
            "/srv/shop/none.yml: no such file or directory",
            "restore it",
        ),
        ("open /srv/shop/compose.yml: permission denied", "/srv/shop/compose.yml: permission denied", "ls -l"),
    ],
)
def test_a_file_that_cannot_be_opened_is_named(text: str, message: str, hint: str) -> None:
    error = config_error(text, FILES)
    assert (error.exit_code, error.message) == (3, message)
    assert hint in error.hint


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            'service "a" refers to undefined network n: invalid compose project',
            'service "a" refers to undefined network n',
        ),
        ("dependency cycle detected: a -> b -> a", "dependency cycle detected: a -> b -> a"),
        ("empty compose file", "empty compose file"),
        (
            "env file /srv/shop/none.env not found: stat /srv/shop/none.env: no such file or directory",
            "/srv/shop/none.env not found",
        ),
        (
            'time="2026" level=warning msg="odd"\nTop-level object must be a mapping\n',
            "Top-level object must be a mapping",
        ),
        (
            "invalid interpolation format for services.a.image.\nYou may need to escape any $ with another $.\n${IMG\n",
            "invalid interpolation format for services.a.image",
        ),
    ],
)
def test_a_rejected_model_gives_composes_reason_and_our_file(text: str, reason: str) -> None:
    error = config_error(text, FILES)
    assert (error.exit_code, error.code) == (3, "config-invalid")
    assert error.message.startswith("Compose rejects the model: ")
    assert reason in error.message
    assert "invalid compose project" not in error.message
    assert error.message.endswith("(compose.yml)")


def test_a_file_that_compose_names_itself_is_not_named_twice() -> None:
    error = config_error("validating /srv/shop/compose.yml: services.a.ports must be a list", FILES)
    assert error.message == (
        "Compose rejects the model: validating /srv/shop/compose.yml: services.a.ports must be a list"
    )


def test_all_files_are_named_where_compose_names_none() -> None:
    assert config_error("empty compose file", TWO).message.endswith("(compose.yml, compose.dev.yml)")


def test_silence_is_an_error_too() -> None:
    assert "no reason given" in config_error("", FILES).message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("manifest for mongo:99 not found: manifest unknown: manifest unknown", "image-not-found"),
        (
            "Error response from daemon: failed to resolve reference “docker.io/library/mongo:99”: not found",
            "image-not-found",
        ),
        (
            "Error response from daemon: pull access denied for acme/nope, repository does not exist or may require"
            " 'docker login': denied: requested access to the resource is denied",
            "image-denied",
        ),
        ("Error response from daemon: Head “https://ghcr.io/v2/a/manifests/1”: unauthorized", "image-denied"),
        (
            "toomanyrequests: You have reached your unauthenticated pull rate limit.",
            "rate-limited",
        ),
        (
            'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 127.0.0.53:53: no such'
            " host",
            "no-registry",
        ),
        ('Get "http://localhost:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused', "no-registry"),
        ("net/http: TLS handshake timeout", "no-registry"),
        ("context deadline exceeded (Client.Timeout exceeded while awaiting headers)", "no-registry"),
        ("tls: failed to verify certificate: x509: certificate signed by unknown authority", "no-registry"),
        ("failed to register layer: write /usr/x: no space left on device", "disk-full"),
    ],
)
def test_a_pull_that_fails_says_why_by_its_code(text: str, code: str) -> None:
    error = pull_error("mongo:99", text)
    assert isinstance(error, StartError)
    assert (error.exit_code, error.code) == (5, code)
    assert "mongo:99" in error.message
    assert error.hint


def test_a_pull_that_fails_without_a_known_reason_repeats_the_last_line() -> None:
    assert "something odd" in pull_error("x:1", "Using default tag\nsomething odd\n").message


def test_a_build_gives_the_line_that_says_why() -> None:
    text = (
        "#5 [2/3] COPY requirements.txt .\n"
        '#5 ERROR: failed to calculate checksum of ref x::y: "/requirements.txt": not found\n'
        "------\n > [2/3] COPY requirements.txt .:\n------\n"
        'ERROR: failed to solve: failed to compute cache key: "/requirements.txt": not found\n'
        "Dockerfile:2\n"
    )
    error = build_error("core", text)
    assert (error.exit_code, error.code) == (5, "build-failed")
    assert error.message.startswith("building core failed: ")
    assert '"/requirements.txt": not found' in error.message


def test_a_build_that_says_nothing_or_fills_the_disk() -> None:
    assert build_error("core", "").message == "building core failed: no output"
    assert build_error("core", "write /x: no space left on device").code == "disk-full"


def test_the_kinds_of_error_do_not_mix() -> None:
    assert not isinstance(config_error("x", FILES), EngineError)
