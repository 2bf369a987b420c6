"""A plain Compose project: the files that Compose itself would load, and overlays named after an environment.

Source: Compose's own rules (docs.docker.com/compose, compose-go cli.ProjectOptions): shell COMPOSE_FILE, then the one
in `.env`, then the default names with their override file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from stackctl.errors import ConfigError, Misuse
from stackctl.workspace import compose_files
from stackctl.workspace.compose_files import MAIN_NAMES, OVERRIDE_NAMES
from stackctl.workspace.names import normalize, unknown
from stackctl.workspace.target import Setting, Target, Wish, environment_setting

_OVERLAY = r"^(?:docker-)?compose\.(?P<env>[A-Za-z0-9_-]+)\.ya?ml$"


def find_plain(folder: Path) -> list[Path]:
    """Give the files that Compose loads in this folder without flags, nothing where there is no project."""
    main = next((folder / name for name in MAIN_NAMES if (folder / name).is_file()), None)
    if main is None:
        return [next(iter(overlays(folder).values()))] if overlays(folder) else []
    override = next((folder / name for name in OVERRIDE_NAMES if (folder / name).is_file()), None)
    return [main, override] if override else [main]


def overlays(folder: Path) -> dict[str, Path]:
    """Give environment → overlay file. `override` is Compose's own and never an environment."""
    found: dict[str, Path] = {}
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        return {}
    for name in names:
        match = re.match(_OVERLAY, name)
        if match and match["env"] != "override":
            found.setdefault(match["env"], folder / name)
    return found


def default_files(root: Path, shell: Mapping[str, str]) -> list[Path]:
    """Give the files that Compose loads here, COMPOSE_FILE heeded; nothing where there is no project."""
    written = shell.get("COMPOSE_FILE") or dotenv_value(root, "COMPOSE_FILE")
    if written:
        separator = shell.get("COMPOSE_PATH_SEPARATOR") or dotenv_value(root, "COMPOSE_PATH_SEPARATOR") or ":"
        return [(root / part).absolute() for part in written.split(separator) if part]
    main = [name for name in MAIN_NAMES if (root / name).is_file()]
    return find_plain(root) if main else []


def base_files(root: Path, shell: Mapping[str, str]) -> list[Path]:
    """Give the files that every environment begins with: what Compose loads, without overlays and the override file."""
    loaded = default_files(root, shell)
    beyond = {*overlays(root).values(), *(root / name for name in OVERRIDE_NAMES)}
    # The first of several is the base whatever its name (`compose.base.yml`); an only one may be an environment itself.
    head, rest = (loaded[:1], loaded[1:]) if len(loaded) > 1 else ([], loaded)
    found = [*head, *(path for path in rest if path not in beyond)]
    return found or [root / name for name in MAIN_NAMES if (root / name).is_file()][:1]


def plain_target(root: Path, wish: Wish, shell: Mapping[str, str]) -> Target:
    """Give the target for a plain project, with or without an environment.

    Raises Misuse where the environment has no overlay, ConfigError where files cannot be read.
    """
    env = environment_setting(wish, shell, Setting("", "as Compose loads it"))
    notes: list[str] = []
    if wish.files:
        files = [path.absolute() for path in wish.files]
    elif env.value:
        files = _with_overlay(root, env.value, notes, shell)
    else:
        files = default_files(root, shell)
    if not files:
        raise ConfigError(f"{root} has no Compose file", "name an environment: " + ", ".join(overlays(root)))
    directory = files[0].parent
    name = wish.project or _name(directory, files, shell)
    if not wish.project and env.value not in ("", "dev"):
        name = f"{name}-{env.value}"
    if wish.instance and wish.named:
        name = f"{name}-{wish.instance}"
    return Target(
        root=root,
        plain=True,
        stack=root.name,
        env=env,
        instance=wish.instance,
        project=normalize(name),
        directory=directory,
        files=tuple(files),
        env_files=_env_files(root, directory),
        profiles=wish.profiles,
        notes=tuple(notes),
    )


def dotenv_value(folder: Path, name: str) -> str:
    """Give a `COMPOSE_…` variable of the project's `.env`, or nothing.

    Only for variables that Compose itself reads before it loads anything; everything else is left to Compose.
    """
    path = folder / ".env"
    if not path.is_file():
        return ""
    # Possessive, and within one line: ten megabytes of empty lines would be looked at from each of them. Bytes that are
    # not UTF-8 pass through Compose, and what is no text at all is said, with its place, by who needs the values.
    pattern = rf"^[ \t]*+(?:export[ \t]++)?{name}[ \t]*+[=:](.*)$"
    text = compose_files.read_text(path, "replace")
    found = [value.strip() for value in re.findall(pattern, text, re.MULTILINE)]
    return _plain_value(found[-1]) if found else ""


def _plain_value(text: str) -> str:
    quoted = re.match(r"([\"'])(.*?)\1", text)
    return quoted[2] if quoted else re.split(r"\s#", text, maxsplit=1)[0].strip()


def _with_overlay(root: Path, env: str, notes: list[str], shell: Mapping[str, str]) -> list[Path]:
    known = overlays(root)
    if env not in known:
        main = find_plain(root)
        error = unknown("environment", env, known)
        names = ", ".join(path.name for path in [*main, *known.values()])
        raise Misuse(
            f"there is no overlay for “{env}” here",
            f"{error.hint}; the Compose files are: {names}. Without an environment: stackctl up",
            code="unknown-environment",
        )
    overlay = known[env]
    base = base_files(root, shell)
    if not base:
        return [overlay]
    if compose_files.stands_alone(compose_files.load(overlay), *(compose_files.load(path) for path in base)):
        notes.append(f"{overlay.name} is complete by itself and is used alone")
        return [overlay]
    override = next((root / name for name in OVERRIDE_NAMES if (root / name).is_file()), None)
    without = f", without {override.name}" if override else ""
    notes.append(f"with {', '.join(path.name for path in base)} and {overlay.name}{without}")
    return [*base, *([] if overlay in base else [overlay])]


def _env_files(root: Path, directory: Path) -> tuple[Path, ...]:
    # COMPOSE_FILE may lead to another folder; Compose has then read the `.env` beside COMPOSE_FILE already, which an
    # explicit -f would make it forget.
    return (root / ".env",) if directory != root and (root / ".env").is_file() else ()


def _name(directory: Path, files: list[Path], shell: Mapping[str, str]) -> str:
    written = shell.get("COMPOSE_PROJECT_NAME") or dotenv_value(directory, "COMPOSE_PROJECT_NAME")
    if written:
        return written
    name = compose_files.written_name(files)
    if "$" in name:
        reference = r"\$(?:\{(?P<braced>\w+)(?::?-(?P<default>[^}]*))?\}|(?P<bare>\w+))"
        name = re.sub(reference, lambda match: _variable(directory, match, shell), name)
    return name or directory.name


def _variable(directory: Path, match: re.Match[str], shell: Mapping[str, str]) -> str:
    name = match["braced"] or match["bare"]
    return shell.get(name) or dotenv_value(directory, name) or match["default"] or ""
