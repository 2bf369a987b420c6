"""The doors that every plan and every action gets, in one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackctl.doctor.host import Host
    from stackctl.engine.door import Engine
    from stackctl.mask import Mask
    from stackctl.secrets.entropy import Entropy
    from stackctl.workspace.clock import Clock
    from stackctl.workspace.events import Events
    from stackctl.workspace.files import Files


@dataclass(frozen=True)
class World:
    """Everything outside: Docker, files, time, the machine, the shell's variables, and where events go."""

    engine: Engine
    files: Files
    clock: Clock
    host: Host
    entropy: Entropy
    shell: Mapping[str, str]
    mask: Mask
    events: Events
