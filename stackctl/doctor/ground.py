"""What preflight stands on: the model, what the engine has, and this machine."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.doctor.host import FileFacts, Host

if TYPE_CHECKING:
    from stackctl.doctor.around import Around
    from stackctl.engine.values import EngineFacts
    from stackctl.stack.model import Service, Stack


@dataclass(frozen=True)
class Ground:
    """Everything that the checks of a stack may look at.

    `services` are those to be started, `planned` the files that this very command will write before the start (secrets,
    env files), `images` the wanted images that are on the engine already.
    """

    stack: Stack
    services: Collection[str]
    facts: EngineFacts
    around: Around
    host: Host
    planned: frozenset[Path] = frozenset()
    images: frozenset[str] = frozenset()

    def starting(self) -> Iterator[Service]:
        """Give the services to be started, in the model's order."""
        return (service for name, service in self.stack.services.items() if name in self.services)

    def file(self, path: Path) -> FileFacts | None:
        """Give what is, or will be, at a path."""
        if path in self.planned:
            return FileFacts("file", mode=0o644)
        if any(path in planned.parents for planned in self.planned):
            return self.host.file(path) or FileFacts("directory")
        return self.host.file(path)


def in_vm(facts: EngineFacts) -> bool:
    """Say whether the engine runs in a virtual machine of its own, with its own disk, memory and clock."""
    return "docker desktop" in facts.os.lower() or facts.name.startswith(
        ("docker-desktop", "colima", "lima-", "orbstack")
    )
