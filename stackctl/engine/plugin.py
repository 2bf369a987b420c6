"""The short way to the Compose plugin, for reading a model.

`docker compose` first starts the plugin once to ask what it is, then again to do the work: about half of the time that
a `docker compose config` takes. The plugin is also a program of its own (Compose calls that "standalone") with the
same words. Reading a model needs no engine, so it does not matter there which engine `docker` would have spoken to.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

NAME = "docker-compose"
# In the order of docker/cli, cli-plugins/manager/manager_unix.go; the user's own folder comes before them.
SYSTEM_FOLDERS = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)
LONG_WAY = ("docker", "compose")


def model_reader(shell: Mapping[str, str], system: Sequence[str] = SYSTEM_FOLDERS) -> tuple[str, ...]:
    """Give the words that start Compose for `config`: the plugin itself where it is certain which docker would take.

    `shell`: the variables that the command gets. Any doubt gives `docker compose`: no docker, a wrapper script in its
    place, plugin folders of the user's own choice, no plugin.
    """
    docker = shutil.which("docker", path=shell.get("PATH"))
    home = shell.get("HOME")
    own = shell.get("DOCKER_CONFIG") or (f"{home}/.docker" if home else "")
    if docker is None or not own or _is_script(docker) or _chooses_folders(f"{own}/config.json"):
        return LONG_WAY
    for folder in (f"{own}/cli-plugins", *system):
        path = f"{folder}/{NAME}"
        if os.path.lexists(path):
            return (path,) if os.access(path, os.X_OK) and Path(path).is_file() else LONG_WAY
    return LONG_WAY


def plugin_stamp(shell: Mapping[str, str], system: Sequence[str] = SYSTEM_FOLDERS) -> str:
    """Give place, size and time of the plugin that `model_reader` starts: another Compose has another stamp.

    Empty where docker decides which plugin that is.
    """
    reader = model_reader(shell, system)
    if reader == LONG_WAY:
        return ""
    facts = Path(reader[0]).stat()
    return f"{reader[0]} {facts.st_size} {facts.st_mtime_ns}"


def _is_script(path: str) -> bool:
    try:
        with Path(path).open("rb") as stream:
            return stream.read(2) == b"#!"
    except OSError:
        return True


def _chooses_folders(path: str) -> bool:
    try:
        return "cliPluginsExtraDirs" in Path(path).read_text("utf-8", "replace")
    except FileNotFoundError:
        return False
    except OSError:
        return True
