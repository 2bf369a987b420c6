"""Where each service and its keys are written: file and line, so that a fix can name the place to edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stackctl.health.evidence import Place


def places_of(files: Sequence[Path]) -> dict[str, dict[str, Place]]:
    """Give service → key → place, the last file's where several write it; `""` is the service, `environment.NAME` too.

    Files that cannot be read or parsed have no places: that is another command's complaint.
    """
    found: dict[str, dict[str, Place]] = {}
    for path in files:
        for name, node in _entries(_entry(_root(path), "services")):
            own = found.setdefault(name.value, {})
            own[""] = Place(str(path), name.start_mark.line + 1)
            for key, value in _entries(node):
                own[key.value] = Place(str(path), key.start_mark.line + 1)
                if key.value == "environment":
                    own |= _variables(path, value)
    return found


def _root(path: Path) -> Any:
    import yaml

    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        return yaml.compose(path.read_text("utf-8"), Loader=loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None


def _variables(path: Path, node: Any) -> Mapping[str, Place]:
    places = {f"environment.{key.value}": Place(str(path), key.start_mark.line + 1) for key, _value in _entries(node)}
    if getattr(node, "id", "") == "sequence":
        for item in node.value:
            name = str(getattr(item, "value", "")).partition("=")[0]
            places[f"environment.{name}"] = Place(str(path), item.start_mark.line + 1)
    return places


def _entry(node: Any, wanted: str) -> Any:
    return next((value for key, value in _entries(node) if key.value == wanted), None)


def _entries(node: Any) -> list[tuple[Any, Any]]:
    return list(node.value) if getattr(node, "id", "") == "mapping" else []
