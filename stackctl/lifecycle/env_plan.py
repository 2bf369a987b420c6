"""What an environment lacks, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.errors import ConfigError

if TYPE_CHECKING:
    from stackctl.env.fill_plan import FillPlan, Surroundings
    from stackctl.env.item import Template
    from stackctl.workspace.target import Target

OWN_FILE = "instance.env"  # what a project has of its own, beside the env file that instances share


@dataclass(frozen=True)
class EnvPlan:
    """What the environment lacks, and what Compose would read once it is there.

    `target` has the env files in their final order; `variables` hold their values while they are not written yet;
    `secrets` are the names of all secrets that the templates declare, `folder` is where they are kept; `made` the keys
    whose value is generated and stands in the env file itself; `ports` the host ports that an instance gives to
    variables.
    """

    target: Target
    folder: Path = Path()
    fill: FillPlan | None = None
    around: Surroundings | None = field(default=None, repr=False)
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    own_file: tuple[Path, bytes] | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    template: Template | None = None
    ports: Mapping[str, int] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Say whether there is nothing to make."""
        return (self.fill is None or self.fill.empty) and self.own_file is None

    @property
    def new_secret_files(self) -> frozenset[Path]:
        """Give the secret files that the plan will make: preflight need not miss them."""
        if self.fill is None:
            return frozenset()
        new = self.fill.secrets
        names = [*new.given, *new.empty, *(secret.name for secret in (*new.generate, *new.derive))]
        return frozenset(self.folder / name for name in names)

    @property
    def generated(self) -> frozenset[str]:
        """Give the names of secrets that get a new random value; derived ones follow their source."""
        return frozenset(secret.name for secret in self.fill.secrets.generate) if self.fill else frozenset()

    @property
    def makes_secrets(self) -> bool:
        """Say whether a secret file will be made."""
        return bool(self.new_secret_files)

    def check_complete(self) -> None:
        """Raise ConfigError where values that are required are missing: all at once."""
        missing = self.fill.missing if self.fill else ()
        if missing:
            names = ", ".join(finding.subject for finding in missing)
            raise ConfigError(
                f"required values are missing: {names}", missing[0].hint, code="variable-missing", findings=missing
            )

    def steps(self) -> list[str]:
        """Give the plan as lines: names, never values."""
        lines = []
        if self.fill and self.fill.file.data is not None:
            lines.append(f"write {self.fill.path.name} from its template ({len(self.fill.file.added)} new values)")
        new = self.fill.secrets if self.fill else None
        names = [secret.name for secret in (*new.generate, *new.derive)] if new else []
        if names:
            lines.append(f"generate the secrets {', '.join(names)}")
        lines += [f"publish {name} on port {port}" for name, port in self.ports.items() if self.own_file]
        return lines


def with_own(target: Target, own: Path) -> Target:
    """Give the target with the env file of what it has of its own as the last one.

    Where Compose would read `.env` by itself it has to be named then: `--env-file` replaces it.
    """
    return replace(target, env_files=(*(target.env_files or (target.directory / ".env",)), own))
