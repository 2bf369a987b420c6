"""Who owns a taken port, in words, and the command that frees it."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from stackctl.doctor.addresses import overlap
from stackctl.workspace.names import project_name

if TYPE_CHECKING:
    from stackctl.doctor.around import Neighbour
    from stackctl.doctor.host import Host
    from stackctl.stack.model import Port

# Programs that listen for a container's sake; their own pid is not what the user should end.
_FORWARDERS = ("docker-proxy", "rootlesskit", "rootlessport", "com.docker.backend", "com.docker.backe", "vpnkit-bridge")


@dataclass(frozen=True)
class PortOwner:
    """A container (of any project) or a process; `unknown` is something that cannot be seen from here.

    `free` is the command that frees the port; where none is known, `look` is the one that shows more.
    """

    kind: Literal["container", "process", "unknown"]
    name: str = ""
    project: str = ""
    service: str = ""
    pid: int | None = None
    free: str = ""
    look: str = ""

    @property
    def way_out(self) -> str:
        """Give what to do about it."""
        return f"free it: {self.free}" if self.free else f"see who it is: {self.look}"

    def __str__(self) -> str:
        if self.kind == "container":
            return f"container {self.name}" + (f" of project {self.project}" if self.project else "")
        if self.kind == "process":
            return f"{self.name} (process {self.pid})" if self.name else f"process {self.pid}"
        return self.name


def container_on(port: Port, neighbours: Iterable[Neighbour]) -> Neighbour | None:
    """Give the running container that publishes the port on an overlapping address."""
    for item in neighbours:
        if item.running and any(
            (bound.host_port, bound.protocol) == (port.published, port.protocol)
            and overlap(bound.host_ip, port.host_ip)
            for bound in item.ports
        ):
            return item
    return None


def container_owner(item: Neighbour, project: str) -> PortOwner:
    """Give the owner for a container; within the own project only that container is in the way."""
    command = f"docker stop {shlex.quote(item.name)}" if item.project in ("", project) else _down(item)
    return PortOwner("container", item.name, item.project, item.service, free=command)


def process_owner(port: Port, host: Host) -> PortOwner:
    """Give the owner where no container of this engine publishes the port."""
    found = host.port_holder(port)
    if found is None or found.pid is None:
        name = "a program that only root may see" if host.uid() else "a program that cannot be seen from here"
        return PortOwner("unknown", name, look=_look(port))
    if found.name in _FORWARDERS:
        # A forwarder without a container of ours: another engine, rootless beside rootful.
        return PortOwner("process", f"{found.name} of another Docker engine", pid=found.pid, look="docker context ls")
    return PortOwner("process", found.name, pid=found.pid, free=f"kill {found.pid}")


def _down(item: Neighbour) -> str:
    """Give the command in stackctl's words where the labels prove them, else in Compose's, which always work."""
    folder = Path(item.working_dir)
    if item.working_dir and folder.parent.name == "stacks":
        root = folder.parent.parent
        environments = [Path(path).stem for path in item.config_files if Path(path).parent == folder]
        for env in environments:
            if project_name(root.name, folder.name, env, "") == item.project:
                return f"(cd {shlex.quote(str(root))} && stackctl down {env} -s {folder.name})"
    return f"docker compose -p {shlex.quote(item.project)} down"


def _look(port: Port) -> str:
    if platform.system() != "Linux":
        return f"sudo lsof -nP -i {port.protocol}:{port.published}"
    return f"sudo ss -l{'u' if port.protocol == 'udp' else 't'}np 'sport = :{port.published}'"
