"""Compose files on disk: which there are, and the few things we read in them without Compose.

Compose merges and interpolates; this looks only for what must be known before it is asked: the files it would load,
the names in them, and where YAML does not parse.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from stackctl.errors import ConfigError
from stackctl.workspace.files import unreadable

MAIN_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDE_NAMES = (
    *("compose.override.yml", "compose.override.yaml"),
    *("docker-compose.override.yml", "docker-compose.override.yaml"),
)
_PATH = r"[^\s\"'\[\],{}]+"
_FILE_END = r"\.(?:ya?ml|env)\b"
_ENV_FILE = r"\.env(?:\.[\w-]+)?\b"
_WORD = r"[A-Za-z_][A-Za-z0-9_]*"
_LOOKS_LIKE_COMPOSE = r"(?m)^(services|include|networks|volumes|x-stackctl)\s*:"
_NAME = r"(?m)^name\s*:\s*[\"']?([^\s\"'#]+)"


def read_text(path: Path, errors: str = "strict") -> str:
    """Give the text of a file; `errors` is what becomes of bytes that are not UTF-8.

    Raises ConfigError where it is missing or unreadable, and for such bytes where they are not replaced.
    """
    try:
        return path.read_text("utf-8-sig", errors)  # Compose takes a byte order mark, too
    except FileNotFoundError as error:
        raise ConfigError(f"{path} does not exist", "check the name, or restore the file from git") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not a UTF-8 text", "save it as UTF-8") from error
    except OSError as error:
        raise unreadable(path, error) from error


def load(path: Path) -> dict[str, Any]:
    """Give a Compose file as plain values, `!reset` and `!override` passed over.

    Raises ConfigError with file, line and column where it is no YAML mapping.
    """
    import yaml  # 30 ms that most commands need not pay

    class Loader(yaml.SafeLoader):
        pass

    def any_tag(loader: yaml.SafeLoader, _suffix: str, node: yaml.Node) -> object:
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None

    Loader.add_multi_constructor("!", any_tag)
    try:
        value = yaml.load(read_text(path), Loader)  # noqa: S506 - a SafeLoader's child
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        reason = error.problem or error.context or "not valid"
        raise ConfigError(
            f"{path}{place}: this is not valid YAML: {reason}", "correct the line", code="yaml-invalid"
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{path} is not valid YAML", "correct the file", code="yaml-invalid") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{path} holds no Compose model", "a Compose file is a mapping with `services:`")
    return value


def load_all(files: Iterable[Path]) -> None:
    """Read these Compose files and those that they include or extend. Raises ConfigError for the first broken one."""
    seen: set[Path] = set()
    waiting = list(files)
    while waiting:
        path = waiting.pop(0)
        if path not in seen and path.is_file():
            seen.add(path)
            waiting += [path.parent / name for name in _further(load(path)) if "$" not in name]


def _further(model: Mapping[str, Any]) -> Iterable[str]:
    for entry in model.get("include") or ():
        paths = entry.get("path") if isinstance(entry, Mapping) else entry
        yield from paths if isinstance(paths, list) else [str(paths)]
    for service in _mapping(model.get("services")).values():
        extends = _mapping(service).get("extends")
        if isinstance(extends, Mapping) and extends.get("file"):
            yield str(extends["file"])


def looks_like_compose(path: Path) -> bool:
    """Say whether a YAML file is a Compose file rather than a service's own settings; unreadable counts as one."""
    try:
        return bool(re.search(_LOOKS_LIKE_COMPOSE, path.read_text("utf-8", "replace")))
    except OSError:
        return True


def written_name(files: Iterable[Path]) -> str:
    """Give the top-level `name:` of the last file that has one, or nothing."""
    found = ""
    for path in files:
        text = read_text(path)
        if text.lstrip().startswith("{"):  # JSON is YAML, too
            found = str(load(path).get("name") or found)
            continue
        match = re.search(_NAME, text)
        found = match[1] if match else found
    return found


def words_named(files: Iterable[Path]) -> frozenset[str]:
    """Give every word in these files and in the files that they name (`include`, `extends`, `env_file`).

    The caller intersects it with the shell's variables: reading too much is harmless there, a missed one is not.
    """
    return reach(files)[0]


def reach(files: Iterable[Path]) -> tuple[frozenset[str], frozenset[Path]]:
    """Give every word in these files and in the files that they name, and the paths of all those, missing ones too."""
    seen: set[Path] = set()
    words: set[str] = set()
    waiting = list(files)
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        try:
            text = path.read_text("utf-8", "replace") if path.is_file() else ""
        except OSError:
            continue
        words.update(re.findall(_WORD, text))
        waiting += [path.parent / name for name in _other_files(text)]
    return frozenset(words), frozenset(seen)


def _other_files(text: str) -> Iterable[str]:
    # In two steps: one pattern for both tries every start in a long word, and took minutes for a value of 1 MB.
    for word in re.findall(_PATH, text):
        if ".env" not in word and ".y" not in word:
            continue
        ends = [match.end() for match in re.finditer(_FILE_END, word)]
        if ends:
            yield word[: ends[-1]]
        if word.startswith(".env") and (match := re.match(_ENV_FILE, word)):
            yield match[0]


def stands_alone(overlay: Mapping[str, Any], *base: Mapping[str, Any]) -> bool:
    """Say whether an overlay is a whole model of its own rather than a delta to the base files.

    It is, when each of its services has an image or a build, everything they refer to is declared in it, and each
    service that the base has too repeats at least half of that service's keys. A delta that only replaces an
    image, or only adds tools, is none.
    """
    services = _mapping(overlay.get("services"))
    ours = {name: raw for main in base for name, raw in _mapping(main.get("services")).items()}
    shared = services.keys() & ours.keys()
    if not shared:
        return False
    for name, raw in services.items():
        service = _mapping(raw)
        if not service.keys() & {"image", "build", "extends"} or set(_depends(service)) - services.keys():
            return False
        if _used(service, "networks") - _mapping(overlay.get("networks")).keys() - {"default"}:
            return False
        if name in shared:
            keys = _mapping(ours[name]).keys()
            if len(service.keys() & keys) * 2 < len(keys):
                return False
    return True


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _depends(service: Mapping[str, Any]) -> Collection[str]:
    return _used(service, "depends_on")


def _used(service: Mapping[str, Any], key: str) -> set[str]:
    value = service.get(key) or ()
    return {str(name) for name in value} if isinstance(value, list | dict) else set()
