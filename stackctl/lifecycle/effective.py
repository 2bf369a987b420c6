"""Reads what the variables of a target come from: templates, env files, the shell, Compose files, the merged model."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.env.effective import Inputs, Variable, consumers, variables
from stackctl.env.escape import unescape
from stackctl.env.uses import ComposeUses, Use, read_uses
from stackctl.errors import ConfigError
from stackctl.lifecycle.early import Early, ask, ask_early
from stackctl.lifecycle.env_files import Sources, read_sources, shown_path
from stackctl.lifecycle.scene import with_generated
from stackctl.stack.environment import passed_to, secret_files
from stackctl.workspace.home import secrets_dir

if TYPE_CHECKING:
    from stackctl.env.grammar import EnvFile
    from stackctl.env.item import Template
    from stackctl.lifecycle.world import World
    from stackctl.stack.model import Stack
    from stackctl.workspace.target import Target


@dataclass(frozen=True)
class Effective:
    """The effective environment of a target.

    `passed`: by service, what Compose gives its container (`$$` undone), empty without a model; `secrets`: by service,
    its secret files as container path → host file; `complaint`: why Compose gives no model.
    """

    target: Target
    template: Template
    files: tuple[EnvFile, ...]
    variables: Mapping[str, Variable]
    stack: Stack | None = None
    complaint: ConfigError | None = None
    passed: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict, repr=False)
    secrets: Mapping[str, Mapping[str, Path]] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, str]:
        """Give name → value of what the env files hold, as Compose would interpolate it."""
        return {
            key: variable.value
            for key, variable in self.variables.items()
            if variable.entry is not None and variable.value is not None
        }


def effective_of(world: World, target: Target) -> Effective:
    """Give the effective environment; changes nothing, works without the engine.

    Compose's own complaint is kept in the result. Raises ConfigError for a template or an env file that does not parse.
    """
    found, sources = read_effective(world, target)
    if found is None:
        raise sources.broken[0]
    return found


def read_effective(world: World, target: Target, early: Early | None = None) -> tuple[Effective | None, Sources]:
    """Give the effective environment and what it was read from; None where some of that is broken.

    `early` is a question to Compose about this target that the caller has begun.
    """
    early = early or ask_early(world, target)
    shown = early.target if early else with_generated(target)
    sources = read_sources(world, shown)
    if sources.broken:
        return None, sources
    planned = _planned(world, target, sources.template, sources.files)
    answer = early.answer if early and not planned else ask(world, shown, planned)
    uses = read_all_uses(world, shown)
    stack, complaint = answer()
    joined = _joined(world, target, sources, planned, (uses, stack))
    found = Effective(
        target=shown,
        template=sources.template,
        files=sources.files,
        variables=joined,
        stack=stack,
        complaint=complaint,
        passed={name: passed_to(service) for name, service in stack.services.items()} if stack else {},
        secrets=_secret_files(stack) if stack else {},
    )
    return found, sources


def variables_of(world: World, target: Target, stack: Stack) -> dict[str, Variable]:
    """Give the variables alone, for a caller that has the model. Raises ConfigError as `effective_of` does."""
    shown = with_generated(target)
    sources = read_sources(world, shown)
    if sources.broken:
        raise sources.broken[0]
    planned = _planned(world, target, sources.template, sources.files)
    return _joined(world, target, sources, planned, (read_all_uses(world, shown), stack))


def _joined(
    world: World, target: Target, sources: Sources, planned: Mapping[str, str], compose: tuple[AllUses, Stack | None]
) -> dict[str, Variable]:
    uses, stack = compose
    return variables(
        Inputs(
            sources.template,
            sources.files,
            world.shell,
            uses.uses,
            planned,
            consumers(_secret_names(stack)) if stack else {},
            _env_file_services(target, uses),
        )
    )


@dataclass(frozen=True)
class AllUses:
    """What all Compose files of a target say together; `env_files` are whole paths, by service."""

    uses: tuple[Use, ...]
    env_files: Mapping[str, tuple[Path, ...]]


def read_all_uses(world: World, target: Target) -> AllUses:
    """Read every Compose file that the target names, includes or extends.

    A later file's value for a variable of a container replaces an earlier one's; everything else adds up.
    """
    uses: list[Use] = []
    env_files: dict[str, tuple[Path, ...]] = {}
    seen: dict[Path, ComposeUses] = {}
    waiting = [*target.files, *target.overlays]
    for path in waiting:
        if path in seen:
            continue
        found = seen[path] = _read(world, target, path)
        replaced = found.assigned
        uses = [use for use in uses if not (use.container and (use.service, use.container) in replaced)]
        uses += found.uses
        for service, names in found.env_files.items():
            folder = target.directory if path in target.files else path.parent
            paths = tuple(Path(os.path.normpath(folder / name)) for name in names if "$" not in name)
            env_files[service] = (*env_files.get(service, ()), *paths)
        waiting += [path.parent / name for name in found.includes if "$" not in name]
    uses += _extended(world, target, seen)
    return AllUses(tuple(_last_of_each(uses)), env_files)


def _read(world: World, target: Target, path: Path) -> ComposeUses:
    try:
        data = world.files.read(path)
    except ConfigError:
        return ComposeUses()  # Compose says it better, and for every file
    return ComposeUses() if data is None else read_uses(data.decode("utf-8", "replace"), shown_path(target, path))


def _extended(world: World, target: Target, seen: Mapping[Path, ComposeUses]) -> list[Use]:
    """Give the uses of what services extend, as uses of those services."""
    found: list[Use] = []
    for path, uses in seen.items():
        for service, (file, base) in uses.extends.items():
            other = path.parent / file if file else path
            known = seen.get(other) or _read(world, target, other)
            found += [replace(use, service=service) for use in known.uses if use.service == (base or service)]
    return found


def _last_of_each(uses: Sequence[Use]) -> list[Use]:
    """Drop what a fragment said and the same mapping says again: the last one counts."""
    last = {(use.service, use.container, use.place.source): use.place.line for use in uses if use.container}
    kept = [
        use for use in uses if not use.container or last[use.service, use.container, use.place.source] == use.place.line
    ]
    return list(dict.fromkeys(kept))


def _planned(world: World, target: Target, template: Template, files: Sequence[EnvFile]) -> dict[str, str]:
    """Give the values that the next `up` writes: not in a plain project, it writes none."""
    if target.plain:
        return {}
    there = {key: entry for env_file in files for key in env_file.keys if (entry := env_file.get(key))}
    planned = {}
    for item in template.items:
        entry = there.get(item.key)
        if item.directives.secrets_dir:
            folder = str(secrets_dir(world.shell, target.project))
            if entry is None or unescape(entry.raw_value, entry.quote) != folder:
                planned[item.key] = folder
        elif not (entry or item.secret or item.deprecated) and item.default is not None:
            planned[item.key] = item.default
    return planned


def _env_file_services(target: Target, found: AllUses) -> dict[str, tuple[str, ...]]:
    services: dict[str, list[str]] = {}
    for service, paths in found.env_files.items():
        for path in paths:
            services.setdefault(shown_path(target, path), []).append(service)
    return {path: tuple(names) for path, names in services.items()}


def _secret_names(stack: Stack) -> dict[str, list[str]]:
    return {name: [path.name for path in files.values()] for name, files in _secret_files(stack).items()}


def _secret_files(stack: Stack) -> dict[str, dict[str, Path]]:
    return {name: secret_files(stack, service) for name, service in stack.services.items()}
