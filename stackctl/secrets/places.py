"""Where the committed files of sealed values stand, for a target."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.secrets.sealing import Scope

if TYPE_CHECKING:
    from stackctl.workspace.target import Target


@dataclass(frozen=True)
class SealedPlace:
    """The sealed file of an environment and the list of its recipients: `own` is for it alone, `shared` for all."""

    scope: Scope
    sealed: Path
    shared: Path
    own: Path
    root: Path
    title: str

    @property
    def recipients(self) -> Path:
        """The list that counts: the environment's own one where it exists."""
        return self.own if self.own.is_file() else self.shared

    def shown(self, path: Path) -> str:
        """Give a path as messages show it."""
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)


def sealed_place(target: Target) -> SealedPlace:
    """Give the files of a target: in `env/<stack>/`, in a plain project beside its Compose files."""
    env = target.env.value
    if target.plain:
        prefix = f"{env}." if env else ""
        folder, shared = target.directory, "secrets.recipients"
        own, scope = f"{prefix}secrets.recipients", Scope("", env)
    else:
        prefix, folder, shared = f"{env}.", target.root / "env" / target.stack, "recipients"
        own, scope = f"{env}.recipients", Scope(target.stack, env)
    title = " · ".join(word for word in (scope.stack, env) if word) or target.title
    return SealedPlace(scope, folder / f"{prefix}secrets.age", folder / shared, folder / own, target.root, title)
