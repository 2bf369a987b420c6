"""Labels put into the text of a Compose file, with every other byte kept: no emitter writes YAML as its author did.

Where a file is written in a way that leaves no sure place, the service is left out and named. Compose is asked about
the result by whoever calls.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stackctl.onboard.suggest import Suggestion

Edit = tuple[int, str]
Node = Any  # PyYAML's nodes have no types
Entry = tuple[Node, Node]


class _NoPlaceError(Exception):
    """This way of writing has no sure place for a label."""


def with_labels(text: str, wanted: Sequence[Suggestion]) -> tuple[str, tuple[str, ...]]:
    """Give the text with the labels, and the names of the services that were left out."""
    import yaml

    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
        where = _services(root)
    except (yaml.YAMLError, ValueError, _NoPlaceError):
        return text, tuple(item.service for item in wanted)
    newline = "\r\n" if "\r\n" in text else "\n"
    edits: list[Edit] = []
    left = []
    for item in wanted if where else ():
        try:
            edits.append(_edit(text, where, item, newline))
        except _NoPlaceError:
            left.append(item.service)
    if wanted and not where:
        gap = "" if not text or text.endswith("\n") else newline
        blocks = "".join(_service_block(item, 2, newline) for item in wanted)
        edits = [(len(text), f"{gap}services:{newline}{blocks}")]
    # From the end, so that the places before stay right; of two at one place the first comes to stand first.
    for at, piece in sorted(edits, key=lambda edit: edit[0])[::-1]:
        text = text[:at] + piece + text[at:]
    return text, tuple(left)


def entry(item: Suggestion) -> str:
    """Give the line of a service's block that holds the label, without its indent."""
    return f"labels: {{{_pair(item)}}}  # {item.why}"


def _services(root: Node) -> Entry | None:
    """Give the entry `services`, None where the file has none yet and may get one at its end."""
    if root is None:
        return None
    found = _value(root, "services")
    if root.id != "mapping" or (found is None and root.flow_style):
        raise _NoPlaceError
    return found


def _edit(text: str, services: Entry | None, item: Suggestion, newline: str) -> Edit:
    assert services is not None
    key, node = services
    if _is_empty(node):
        return _after_line(text, key, newline, _service_block(item, 2, newline))
    _must_be_own(key, node, "mapping")
    service = _value(node, item.service)
    if service is not None and not (node.flow_style and _is_empty(service[1])):
        return _in_service(text, service, item, newline)
    if service is not None:
        raise _NoPlaceError  # `{web: }`: what follows it on the line is not ours to take apart
    if node.flow_style:
        return _after(text, node, "{", f"{json.dumps(item.service)}: {{labels: {{{_pair(item)}}}}}, ")
    return _after_line(text, key, newline, _service_block(item, _column(node), newline))


def _in_service(text: str, service: Entry, item: Suggestion, newline: str) -> Edit:
    key, node = service
    line = f"{entry(item)}{newline}"
    if _is_empty(node):
        return _after_line(text, key, newline, " " * (key.start_mark.column + 2) + line)
    _must_be_own(key, node, "mapping")
    labels = _value(node, "labels")
    if labels is not None and not (node.flow_style and _is_empty(labels[1])):
        return _in_labels(text, labels, item, newline)
    if labels is not None or _merges_labels(node):
        raise _NoPlaceError  # this one would replace those that a merge key brings
    if node.flow_style:
        return _after(text, node, "{", f"labels: {{{_pair(item)}}}, ")
    return _after_line(text, key, newline, " " * _column(node) + line)


def _in_labels(text: str, labels: Entry, item: Suggestion, newline: str) -> Edit:
    key, node = labels
    if _is_empty(node):
        return _after_line(text, key, newline, f"{' ' * (key.start_mark.column + 2)}{_pair(item)}{newline}")
    listed = node.id == "sequence"
    _must_be_own(key, node, "sequence" if listed else "mapping")
    word = json.dumps(f"{item.label}={item.value}") if listed else _pair(item)
    if node.flow_style:
        return _after(text, node, "[" if listed else "{", f"{word}, ")
    return _after_line(text, key, newline, f"{' ' * node.start_mark.column}{'- ' if listed else ''}{word}{newline}")


def _service_block(item: Suggestion, indent: int, newline: str) -> str:
    pad = " " * indent
    return f"{pad}{json.dumps(item.service)}:{newline}{pad}  {entry(item)}{newline}"


def _pair(item: Suggestion) -> str:
    return f"{json.dumps(item.label)}: {json.dumps(item.value)}"


def _after(text: str, node: Node, bracket: str, piece: str) -> Edit:
    # A node begins with its anchor or tag, neither of which holds a bracket.
    return text.index(bracket, node.start_mark.index) + 1, piece


def _after_line(text: str, key: Node, newline: str, piece: str) -> Edit:
    end = text.find("\n", key.end_mark.index)
    return (len(text), newline + piece) if end < 0 else (end + 1, piece)


def _column(node: Node) -> int:
    return int(node.value[0][0].start_mark.column)


def _is_empty(node: Node) -> bool:
    return bool(node.id == "scalar" and not node.value and node.start_mark.index == node.end_mark.index)


def _must_be_own(key: Node, node: Node, kind: str) -> None:
    """Raise where the value is written elsewhere (an alias), replaces others (a tag), or is another kind."""
    elsewhere = node.start_mark.index < key.start_mark.index
    if node.id != kind or elsewhere or not node.tag.startswith("tag:yaml.org,2002:"):
        raise _NoPlaceError


def _merges_labels(node: Node) -> bool:
    merged = _value(node, "<<")
    sources = () if merged is None else merged[1].value if merged[1].id == "sequence" else (merged[1],)
    return any(_value(source, "labels") or _merges_labels(source) for source in sources)


def _value(node: Node, key: str) -> Entry | None:
    pairs: Iterator[Entry] = iter(node.value if node.id == "mapping" else ())
    return next(((name, value) for name, value in pairs if name.value == key), None)
