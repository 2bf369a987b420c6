"""Which engine docker speaks to, and what of it this machine can reach.

The rule is docker's own (cli/context/docker): DOCKER_HOST, else DOCKER_CONTEXT, else the context that its settings
name, else the socket of this machine. The last case is the usual one, and it needs nobody to be asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SOCKET = "unix:///var/run/docker.sock"
# An engine of the whole system. One of a user (rootless) or in a virtual machine (Desktop, Colima) has its socket
# elsewhere, and its containers in another network than this machine's: their addresses may be somebody else's here.
SYSTEM_SOCKETS = (SOCKET, "unix:///run/docker.sock")


@dataclass(frozen=True)
class EngineAddress:
    """The context's name, the address of its engine, and the system that we run on (`platform.system()`)."""

    context: str
    host: str
    system: str = "Linux"

    @property
    def local(self) -> bool:
        """Say whether the engine shares this machine's files and ports: bind mounts and published ports are ours."""
        return self.host.startswith(("unix://", "npipe://")) or not self.host

    @property
    def reaches_containers(self) -> bool:
        """Say whether this machine reaches the addresses of containers."""
        return self.system == "Linux" and (self.host in SYSTEM_SOCKETS or not self.host)


def plain_address(shell: Mapping[str, str], system: str) -> EngineAddress | None:
    """Give the address where no context decides; None where docker has to be asked."""
    if shell.get("DOCKER_HOST"):
        return EngineAddress("default", shell["DOCKER_HOST"], system)
    if system not in ("Linux", "Darwin") or (shell.get("DOCKER_CONTEXT") or _chosen(shell)) != "default":
        return None
    return EngineAddress("default", SOCKET, system)


def _chosen(shell: Mapping[str, str]) -> str:
    home = shell.get("HOME")
    own = shell.get("DOCKER_CONFIG") or (f"{home}/.docker" if home else "")
    try:
        settings = json.loads(Path(own, "config.json").read_text("utf-8")) if own else {}
        return str(settings.get("currentContext") or "default")
    except FileNotFoundError:
        return "default"
    except (OSError, ValueError, AttributeError):
        return ""  # docker has its own words for such a file
