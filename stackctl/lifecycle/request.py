"""What the user asked of `up` or `restart`, as one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stackctl.doctor.ports import PortClash

AskPort = Callable[[PortClash, int], bool]


def never(_clash: PortClash, _free: int) -> bool:
    """Answer no: nobody can be asked."""
    return False


@dataclass(frozen=True)
class UpRequest:
    """How to start. `build` None means: what changed; `ask_port` answers whether a taken port may be moved.

    `accept_credentials`: the services know the passwords that they would get, whatever their volumes were made with.
    `scratch`: an environment beside another one, with every port on a free port of the loopback.
    """

    services: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    images: str = ""
    build: bool | None = None
    pull: bool = False
    force_recreate: bool = False
    no_deps: bool = False
    remove_orphans: bool = False
    scale: Mapping[str, int] = field(default_factory=dict)
    auto_ports: bool = False
    reset_ports: bool = False
    ask_port: AskPort = never
    timeout: float | None = None
    restart: bool = False
    fast_probes: bool = True
    wait: bool = True
    accept_credentials: bool = False
    scratch: bool = False

    @property
    def forces(self) -> bool:
        """Say whether it asks for work even where nothing has changed."""
        return bool(self.build or self.pull or self.force_recreate or self.scale or self.restart)
