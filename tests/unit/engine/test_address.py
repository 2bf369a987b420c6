"""Which engine docker speaks to, and what this machine reaches of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from stackctl.engine.address import SOCKET, EngineAddress, plain_address


@pytest.mark.parametrize(
    ("host", "local", "addresses"),
    [
        ("", True, True),
        (SOCKET, True, True),
        ("unix:///run/docker.sock", True, True),
        ("unix:///run/user/1000/docker.sock", True, False),  # rootless: its containers live in another network
        ("unix:///home/me/.docker/desktop/docker.sock", True, False),
        ("npipe:////./pipe/docker_engine", True, False),
        ("tcp://10.0.0.1:2375", False, False),
        ("ssh://me@far", False, False),
    ],
)
def test_what_is_reached(host: str, local: bool, addresses: bool) -> None:
    address = EngineAddress("default", host)
    assert (address.local, address.reaches_containers) == (local, addresses)


def test_a_mac_has_its_engine_in_a_virtual_machine() -> None:
    address = EngineAddress("default", SOCKET, "Darwin")
    assert (address.local, address.reaches_containers) == (True, False)


def test_docker_host_wins(tmp_path: Path) -> None:
    shell = {"DOCKER_HOST": "ssh://me@far", "DOCKER_CONTEXT": "other", "HOME": str(tmp_path)}
    assert plain_address(shell, "Linux") == EngineAddress("default", "ssh://me@far")


def test_without_a_context_it_is_the_socket(tmp_path: Path) -> None:
    assert plain_address({"HOME": str(tmp_path)}, "Linux") == EngineAddress("default", SOCKET)
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker/config.json").write_text('{"auths": {}}')
    assert plain_address({"HOME": str(tmp_path)}, "Linux") == EngineAddress("default", SOCKET)
    assert plain_address({"HOME": str(tmp_path), "DOCKER_CONTEXT": "default"}, "Linux") is not None


@pytest.mark.parametrize("text", ['{"currentContext": "far"}', "{", "[]"])
def test_what_a_context_or_a_broken_file_decides_docker_is_asked(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    assert plain_address({"DOCKER_CONFIG": str(tmp_path)}, "Linux") is None


def test_a_context_of_the_shell_is_asked_for(tmp_path: Path) -> None:
    assert plain_address({"HOME": str(tmp_path), "DOCKER_CONTEXT": "far"}, "Linux") is None
    assert plain_address({"HOME": str(tmp_path)}, "Windows") is None
