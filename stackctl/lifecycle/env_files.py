"""Which env files and templates a target has, and reading them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.env.example import load_example
from stackctl.env.grammar import EnvFile, parse
from stackctl.env.item import Template
from stackctl.env.layers import merge
from stackctl.env.template import load
from stackctl.errors import ConfigError

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target

# A plain project has one of these beside its Compose file; the first one that is there.
PLAIN_TEMPLATES = (".env.template", ".env.schema", ".env.example")
LARGEST = 64 * 1024 * 1024


def template_paths(target: Target) -> tuple[Path, ...]:
    """Give the templates that there are, base first."""
    if not target.plain:
        return tuple(path for path in target.templates if path.is_file())
    named = (target.directory / name for name in PLAIN_TEMPLATES)
    return tuple(path for path in named if path.is_file())[:1]


def own_env_file(target: Target) -> Path:
    """Give the env file that `env init` makes and `env set` writes."""
    return target.generated_env or target.directory / ".env"


def compose_env_files(world: World, target: Target) -> tuple[Path, ...]:
    """Give the env files that Compose interpolates from, in its order, whether they are there or not.

    Source: docs.docker.com/compose, environment variables: --env-file, else COMPOSE_ENV_FILES, else `.env`.
    """
    if target.env_files:
        return target.env_files
    named = world.shell.get("COMPOSE_ENV_FILES", "")
    if named:
        return tuple((target.directory / name).absolute() for name in named.split(",") if name)
    if world.shell.get("COMPOSE_DISABLE_ENV_FILE", "").lower() in ("1", "true"):
        return ()
    return (target.directory / ".env",)


def read_templates(world: World, target: Target) -> Template:
    """Give the templates of a target as one. Raises ConfigError, with the place, for what cannot be read."""
    layers = []
    for path in template_paths(target):
        data = world.files.read(path) or b""
        source = shown_path(target, path)
        strict = path.name != ".env.example"
        layer = path.name.split(".")[0] or "project"
        layers.append(load(data, source, layer) if strict else load_example(data, source, layer))
    return merge(layers)


@dataclass(frozen=True)
class Sources:
    """The templates as one and the env files that Compose reads; `broken` is why some of them cannot be read."""

    template: Template
    files: tuple[EnvFile, ...]
    broken: tuple[ConfigError, ...] = ()


def read_sources(world: World, target: Target) -> Sources:
    """Read all of them: one broken file does not hide the next."""
    broken: list[ConfigError] = []
    template, files = Template((), ()), []
    try:
        template = read_templates(world, target)
    except ConfigError as error:
        broken.append(error)
    for path in compose_env_files(world, target):
        try:
            env_file = read_env_file(world, path, shown_path(target, path))
        except ConfigError as error:
            broken.append(error)
        else:
            files += [env_file] if env_file is not None else []
    return Sources(template, tuple(files), tuple(broken))


def read_env_file(world: World, path: Path, source: str) -> EnvFile | None:
    """Give an env file, or None where there is none.

    Raises ConfigError for what is no file, for one of more than 64 MiB, and, with its place, for what Compose rejects.
    """
    facts = world.host.file(path)
    if facts is not None and facts.kind == "other":
        raise ConfigError(f"{source} is not a file", f"remove or rename {path}", code="env-not-a-file")
    data = world.files.read(path)
    if data is None:
        return None
    if len(data) > LARGEST:
        hint = "keep large values in files of their own"
        raise ConfigError(f"{source} has more than 64 MiB", hint, code="env-too-large")
    return parse(data, source)


def shown_path(target: Target, path: Path) -> str:
    """Give a path as messages show it: relative to the project where it lies in it."""
    return str(path.relative_to(target.root)) if path.is_relative_to(target.root) else str(path)
