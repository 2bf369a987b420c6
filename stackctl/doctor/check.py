"""What one look at the machine gives, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from stackctl.errors import Finding

if TYPE_CHECKING:
    from stackctl.doctor.host import Host
    from stackctl.engine.door import Engine
    from stackctl.engine.values import EngineFacts
    from stackctl.workspace.find import Place

Status = Literal["ok", "warning", "error", "skipped"]

DOCKER_HUB = "registry-1.docker.io"


@dataclass(frozen=True)
class Check:
    """One line of the examination: what was looked at, how it is, what was seen, and the fix where one is needed."""

    id: str
    title: str
    status: Status
    detail: str
    hint: str = ""

    def as_dict(self) -> dict[str, str]:
        """Give the check as it stands in the JSON envelope."""
        return {"id": self.id, "title": self.title, "status": self.status, "detail": self.detail, "hint": self.hint}

    def finding(self) -> Finding | None:
        """Give it as a finding; None where nothing is wrong."""
        if self.status not in ("warning", "error"):
            return None
        severity: Literal["error", "warning"] = "error" if self.status == "error" else "warning"
        return Finding(self.id, severity, self.title, self.detail, self.hint)


@dataclass(frozen=True)
class Scene:
    """What the examination looks at: the engine, this machine, the shell's variables, and where the user stands."""

    engine: Engine
    host: Host
    shell: Mapping[str, str] = field(default_factory=dict)
    place: Place | None = None
    registries: tuple[str, ...] = (DOCKER_HUB,)


@dataclass(frozen=True)
class Seen:
    """What a look saw: how it is, in words, and the fix where one is needed."""

    status: Status
    detail: str
    hint: str = ""


@dataclass(frozen=True)
class Look:
    """One kind of look at an engine that answers. It may raise: the examination turns that into a check."""

    id: str
    title: str
    take: Callable[[Scene, EngineFacts], Seen]
