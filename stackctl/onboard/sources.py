"""Which Compose files a project is made of: those that every environment begins with, and what comes on top now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stackctl.errors import ConfigError, Refused
from stackctl.workspace.compose_files import MAIN_NAMES
from stackctl.workspace.files import refuse_endless
from stackctl.workspace.find import stacks
from stackctl.workspace.plain import base_files, default_files, overlays


@dataclass(frozen=True)
class Sources:
    """`loaded` is what Compose loads now, in its order; `base` without what lies on top; `top` is that file, if any."""

    loaded: tuple[Path, ...]
    base: tuple[Path, ...]
    top: Path | None = None


def find_sources(root: Path, named: Sequence[Path], shell: Mapping[str, str]) -> Sources:
    """Give the files. `named` are those that the user says it is made of; none leaves it to Compose.

    Raises Refused for a workspace, ConfigError where the project cannot have environments, with the precise reason.
    """
    if stacks(root):
        raise Refused(
            f"{root} is a workspace already, with the stacks {', '.join(stacks(root))}",
            "start one: stackctl up dev",
            code="exists",
        )
    refuse_endless(root / ".env")  # Compose would wait for its end for ever
    loaded = tuple(default_files(root, shell))
    for path in (*named, *loaded):
        if not path.is_file():
            raise ConfigError(f"{path} does not exist", "check the name")
    if not set(named) <= set(loaded):
        raise _not_found_by_compose(root, named)
    if not loaded and not overlays(root):
        raise ConfigError(
            f"{root} has no Compose file", f"name it: stackctl init --from FILE; known names: {', '.join(MAIN_NAMES)}"
        )
    base = tuple(base_files(root, shell))
    extra = [path for path in loaded if path not in base]
    if len(extra) > 1:
        names = ", ".join(path.name for path in extra)
        raise ConfigError(
            f"COMPOSE_FILE loads {len(extra)} files on top of the base ({names}), and an environment has one overlay",
            "merge them into one, or go on without environments: stackctl up works as it is",
            code="not-adoptable",
        )
    return Sources(loaded, base, extra[0] if extra else None)


def _not_found_by_compose(root: Path, named: Sequence[Path]) -> ConfigError:
    names = [str(path.relative_to(root)) if path.is_relative_to(root) else str(path) for path in named]
    rename = f"git mv {names[0]} compose.yaml, or " if len(named) == 1 else ""
    return ConfigError(
        f"Compose does not find {', '.join(names)} by itself, and neither would an environment beside it",
        f"{rename}say it in .env, which Compose reads as well: COMPOSE_FILE={':'.join(names)}; then run init again",
        code="not-adoptable",
    )
