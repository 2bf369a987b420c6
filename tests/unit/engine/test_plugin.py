"""The short way to Compose: taken only where it is certain which plugin docker itself would take."""

from pathlib import Path

import pytest

from stackctl.engine.plugin import LONG_WAY, NAME, model_reader, plugin_stamp


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """Give variables of a machine with a docker program and an empty folder of docker settings."""
    (tmp_path / "bin").mkdir()
    _program(tmp_path / "bin/docker", b"\x7fELF")
    return {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}


def _program(path: Path, text: bytes = b"\x7fELF") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)
    path.chmod(0o755)
    return path


def test_the_plugin_of_the_system_is_taken(tmp_path: Path, shell: dict[str, str]) -> None:
    """The first folder that holds it wins, as in docker."""
    second = _program(tmp_path / "b" / NAME)
    _program(tmp_path / "c" / NAME)
    assert model_reader(shell, [str(tmp_path / name) for name in "abc"]) == (str(second),)


@pytest.mark.parametrize("variable", ["HOME", "DOCKER_CONFIG"])
def test_the_users_own_plugin_comes_first(tmp_path: Path, shell: dict[str, str], variable: str) -> None:
    """As in docker: DOCKER_CONFIG, else ~/.docker."""
    folder = tmp_path / ".docker" if variable == "HOME" else tmp_path / "settings"
    own = _program(folder / "cli-plugins" / NAME)
    _program(tmp_path / "system" / NAME)
    if variable == "DOCKER_CONFIG":
        shell["DOCKER_CONFIG"] = str(folder)
    assert model_reader(shell, [str(tmp_path / "system")]) == (str(own),)


def test_no_plugin_means_the_long_way(tmp_path: Path, shell: dict[str, str]) -> None:
    """Docker then says itself what is missing."""
    assert model_reader(shell, [str(tmp_path / "nowhere")]) == LONG_WAY


def test_doubt_means_the_long_way(tmp_path: Path, shell: dict[str, str]) -> None:
    """A wrapper, no docker, no home, chosen folders, a file that cannot run: docker decides."""
    system = [str(_program(tmp_path / "system" / NAME).parent)]
    assert model_reader(shell, system) != LONG_WAY
    assert model_reader({"PATH": shell["PATH"]}, system) == LONG_WAY
    assert model_reader({**shell, "PATH": str(tmp_path)}, system) == LONG_WAY
    (tmp_path / "system" / NAME).chmod(0o644)
    assert model_reader(shell, system) == LONG_WAY
    (tmp_path / "system" / NAME).chmod(0o755)
    settings = tmp_path / ".docker/config.json"
    settings.parent.mkdir()
    settings.write_text('{"cliPluginsExtraDirs": ["/opt/plugins"]}')
    assert model_reader(shell, system) == LONG_WAY
    settings.write_text('{"auths": {}}')
    assert model_reader(shell, system) != LONG_WAY
    _program(tmp_path / "bin/docker", b'#!/bin/sh\nexec podman "$@"\n')
    assert model_reader(shell, system) == LONG_WAY


def test_another_plugin_has_another_stamp(tmp_path: Path, shell: dict[str, str]) -> None:
    """And where docker decides which plugin it is, there is none."""
    plugin = _program(tmp_path / "system" / NAME)
    system = [str(plugin.parent)]
    first = plugin_stamp(shell, system)
    assert first == plugin_stamp(shell, system) != ""
    _program(plugin, b"\x7fELF and more")
    assert plugin_stamp(shell, system) not in ("", first)
    assert plugin_stamp({}, system) == ""
