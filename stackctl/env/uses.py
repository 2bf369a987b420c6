"""Where a Compose file uses variables, with file:line:column, before Compose has merged and replaced anything.

Compose's own answer has lost the names. This only looks: what a container gets is decided by Compose alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stackctl.env.place import Place
from stackctl.env.references import Reference, references

Path = tuple[str, ...]
Node = Any  # a node of PyYAML, told apart by its `id`: the C parser's and Python's share no useful type


@dataclass(frozen=True, slots=True)
class Use:
    """One place that names a variable.

    `service` is empty outside of services. `container` is the variable of the container that gets it, empty where it
    feeds something else (an image, a port), which `path` then says: `services.core.ports`. `optional` says that it may
    well be unset: there is a default, or the container just gets the variable if there is one. `follows` is the
    character after it: `:` for the host's part of a port.
    """

    key: str
    service: str
    path: str
    container: str
    place: Place
    default: str | None = None
    required: bool = False
    optional: bool = False
    follows: str = ""


@dataclass(frozen=True)
class ComposeUses:
    """What one Compose file says: its uses; by service the env files and what it extends (file, service); includes."""

    uses: tuple[Use, ...] = ()
    env_files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extends: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    includes: tuple[str, ...] = ()
    assigned: frozenset[tuple[str, str]] = frozenset()


def read_uses(text: str, source: str) -> ComposeUses:
    """Read a Compose file; `source` is its name in places. Broken YAML gives nothing: Compose says it."""
    import yaml

    # The C parser is ten times as quick, where the wheel has it; what type a scalar has does not matter here.
    loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        root = yaml.compose(text, Loader=loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return ComposeUses()
    if not isinstance(root, yaml.MappingNode):
        return ComposeUses()
    reader = _Reader(text, source)
    reader.walk(root, ())
    return reader.found()


class _Reader:
    def __init__(self, text: str, source: str) -> None:
        self._text = text
        self._source = source
        self._uses: list[Use] = []
        self._env_files: dict[str, list[str]] = {}
        self._extends: dict[str, tuple[str, str]] = {}
        self._includes: list[str] = []
        self._assigned: set[tuple[str, str]] = set()

    def found(self) -> ComposeUses:
        # A fragment (`x-common: &common`) is read where it is defined and where it is used: the latter counts.
        served = {use.place for use in self._uses if use.service}
        uses = tuple(use for use in self._uses if use.service or use.place not in served)
        env_files = {name: tuple(paths) for name, paths in self._env_files.items()}
        return ComposeUses(uses, env_files, self._extends, tuple(self._includes), frozenset(self._assigned))

    def walk(self, node: Node, path: Path) -> None:
        if node.id == "scalar":
            self._scalar(node, path)
        elif node.id == "sequence":
            for item in node.value:
                self.walk(item, path)
        else:
            for key, value in _pairs(node):
                self._entry(key, value, (*path, key.value))

    def _entry(self, key: Node, value: Node, path: Path) -> None:
        match path:
            case ("services", service, "environment", name):
                self._assigned.add((service, name))
                if value.id == "scalar" and value.value in ("", "null", "~") and not value.style:
                    self._inherited(key, name, path)
                    return
            case ("services", service, "env_file"):
                self._env_files[service] = [*self._env_files.get(service, ()), *_paths(value)]
            case ("services", service, "extends"):
                self._extends[service] = _extended(value)
            case ("include",):
                self._includes += _paths(value)
        self.walk(value, path)

    def _inherited(self, node: Node, name: str, path: Path) -> None:
        self._uses.append(Use(name, path[1], ".".join(path), name, self._place(node, 0), optional=True))

    def _scalar(self, node: Node, path: Path) -> None:
        service = path[1] if len(path) > 1 and path[0] == "services" else ""
        container = path[3] if len(path) == 4 and path[2] == "environment" else ""
        text = str(node.value)
        if service and len(path) == 3 and path[2] == "environment":
            container, equals, _value = text.partition("=")
            self._assigned.add((service, container))
            if not equals:
                self._inherited(node, container, (*path, container))
                return
        if "$" not in text:
            return
        for number, reference in enumerate(references(text)):
            place = self._place(node, self._offset(node, number, reference))
            rules = (reference.default, reference.required, reference.optional, reference.follows)
            self._uses.append(Use(reference.name, service, ".".join(path[:4]), container, place, *rules))

    def _offset(self, node: Node, number: int, reference: Reference) -> int:
        """Give the offset of the n-th reference within the node as it is written: quotes and escapes shift it."""
        written = self._text[node.start_mark.index : node.end_mark.index]
        mark = 1 if node.style in ("'", '"') else 0
        if written.startswith(node.value, mark):
            return reference.offset + mark
        found = list(references(written))
        if number < len(found) and found[number].name == reference.name:
            return found[number].offset
        return 0

    def _place(self, node: Node, offset: int) -> Place:
        start = node.start_mark
        before = self._text[start.index : start.index + offset]
        lines = before.count("\n")
        column = len(before) - before.rfind("\n") if lines else start.column + 1 + offset
        return Place(self._source, start.line + 1 + lines, column)


def _pairs(node: Node) -> Iterator[tuple[Node, Node]]:
    """Give the entries of a mapping, those of merged fragments (`<<`) first: the mapping's own come over them."""
    own = []
    for key, value in node.value:
        if key.id == "scalar" and key.value == "<<":
            for fragment in value.value if value.id == "sequence" else [value]:
                if fragment.id == "mapping":
                    yield from _pairs(fragment)
        elif key.id == "scalar":
            own.append((key, value))
    yield from own


def _paths(node: Node) -> list[str]:
    if node.id == "scalar":
        return [str(node.value)]
    if node.id == "sequence":
        return [path for item in node.value for path in _paths(item)]
    return [path for key, value in _pairs(node) if key.value == "path" for path in _paths(value)]


def _extended(node: Node) -> tuple[str, str]:
    if node.id == "scalar":
        return "", str(node.value)
    said = {key.value: str(value.value) for key, value in _pairs(node) if value.id == "scalar"}
    return said.get("file", ""), said.get("service", "")
