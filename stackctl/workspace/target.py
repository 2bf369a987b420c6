"""What a command works on: folder, stack, environment, instance, and the files that follow from them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from stackctl.workspace.names import project_name


@dataclass(frozen=True)
class Setting:
    """A value and where it came from (`flag`, `STACKCTL_ENV`, `default`), so that it can be explained."""

    value: str
    source: str


@dataclass(frozen=True)
class Wish:
    """What the user said about the target. Empty means: not said.

    `named`: the instance stands in the project's name. It need not where the folder's own name tells copies apart.
    """

    stack: str = ""
    env: str = ""
    instance: str = ""
    project: str = ""
    files: tuple[Path, ...] = ()
    profiles: tuple[str, ...] = ()
    local: bool = True
    named: bool = True


def environment_setting(wish: Wish, shell: Mapping[str, str], default: Setting) -> Setting:
    """Give the environment and its source: the command line, STACKCTL_ENV, the default."""
    if wish.env:
        return Setting(wish.env, "command line")
    if shell.get("STACKCTL_ENV"):
        return Setting(shell["STACKCTL_ENV"], "STACKCTL_ENV")
    return default


@dataclass(frozen=True)
class Target:
    """One environment of one stack (or a plain Compose project), resolved to files and a project name.

    `files` are the Compose files in order, `env_files` what `--env-file` gets in order (empty: Compose's own `.env`),
    `generated_env` the env file that the first `up` makes, `overlays` the generated files, added last.
    """

    root: Path
    plain: bool
    stack: str
    env: Setting
    instance: str
    project: str
    directory: Path
    files: tuple[Path, ...]
    env_files: tuple[Path, ...] = ()
    templates: tuple[Path, ...] = ()
    generated_env: Path | None = None
    profiles: tuple[str, ...] = ()
    overlays: tuple[Path, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def title(self) -> str:
        """Give the opening words of a command that changes something: `core · dev`."""
        parts = [self.stack, self.env.value or "default", self.instance]
        return " · ".join(part for part in parts if part)

    @property
    def main_project(self) -> str:
        """Give the project that owns the env file: that of the environment without an instance."""
        return self.project if self.plain else project_name(self.root.name, self.stack, self.env.value, "")

    @property
    def compose_args(self) -> tuple[str, ...]:
        """Give the words between `docker compose` and the verb."""
        words = ["-p", self.project, "--project-directory", str(self.directory)]
        for path in (*self.files, *self.overlays):
            words += ["-f", str(path)]
        for path in self.env_files:
            words += ["--env-file", str(path)]
        for profile in self.profiles:
            words += ["--profile", profile]
        return tuple(words)

    @property
    def command(self) -> str:
        """Give the `docker compose` line that a user without stackctl would run, up to the verb."""
        return shlex.join(("docker", "compose", *self.compose_args))

    def with_overlays(self, *paths: Path) -> Target:
        """Give the same target with these generated files as its last layers."""
        return replace(self, overlays=tuple(paths))
