"""The text of the environments' overlays. Values in, text out; the override file is read and kept word for word."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.mask import is_sensitive
from stackctl.onboard.labelled import entry, with_labels
from stackctl.workspace.compose_files import load, read_text

if TYPE_CHECKING:
    from stackctl.onboard.sources import Sources
    from stackctl.onboard.suggest import Suggestion
    from stackctl.stack.model import Service, Stack

DEV, PROD = "compose.dev.yaml", "compose.prod.yaml"
_DEV_HEAD = "# The environment dev: `stackctl up dev` loads {base} and this file"
_PROD_HEAD = """\
# The environment prod: `stackctl up prod` loads {base} and this file.
# A delta to begin with: what production has and a laptop does not. Read it, and add your own: limits, ports that are
# not published, another image.
"""


def dev_text(sources: Sources, wanted: Sequence[Suggestion]) -> tuple[str, tuple[Suggestion, ...]]:
    """Give the overlay of dev, and which of the labels found a place in it. Raises ConfigError."""
    head = [f"{_DEV_HEAD.format(base=_names(sources.base))}."]
    if sources.top is None:
        text = "" if wanted else "services: {}\n"
        head.append("# There was no override file: it adds nothing yet but what stackctl would not know otherwise.")
    else:
        text = _as_written(sources.top)
        head.append(f"# It is {sources.top.name}, which plain `docker compose up` still loads; with ENV it is not.")
    text, left = with_labels(text, wanted)
    newline = "\r\n" if "\r\n" in text else "\n"
    labels = tuple(item for item in wanted if item.service not in left)
    return newline.join([*head, text]), labels


def prod_text(base: Sequence[Path], stack: Stack, wanted: Sequence[Suggestion]) -> str:
    """Give the overlay of prod for these services: restarts, log limits, and the labels."""
    labels = {item.service: item for item in wanted}
    lines = [_PROD_HEAD.format(base=_names(base)).rstrip("\n"), "services:"]
    services = [part for item in stack.services.values() for part in _prod(stack, item, labels.get(item.name))]
    return "\n".join([*lines, *services] if services else [*lines[:-1], "services: {}"]) + "\n"


def written_values(override: Path) -> list[str]:
    """Say which secrets an override file has written in it: its copy would have them, too."""
    services = load(override).get("services")
    named = sorted({key for raw in _mapping(services).values() for key in _written(_mapping(raw).get("environment"))})
    if not named:
        return []
    return [
        f"{override.name} has values written in it ({', '.join(named)}), and {DEV} has them too: .env is their place"
    ]


def _prod(stack: Stack, service: Service, label: Suggestion | None) -> Iterator[str]:
    lines = [entry(label)] if label else []
    job = stack.job(service.name) != "no" or (label is not None and label.value == "true")
    if not service.restart and not job:
        lines.append("restart: unless-stopped")
    if not service.raw.get("logging"):
        lines.append('logging: {driver: json-file, options: {max-size: 10m, max-file: "3"}}')
    if lines:
        yield f"  {json.dumps(service.name)}:"
        yield from (f"    {line}" for line in lines)


def _as_written(path: Path) -> str:
    """Give a file's text with its own line ends, which reading it as text would lose; its encoding is checked."""
    read_text(path)
    return path.read_bytes().decode("utf-8-sig")


def _written(environment: object) -> Iterator[str]:
    pairs = environment.items() if isinstance(environment, Mapping) else ()
    listed = environment if isinstance(environment, list) else ()
    for key, value in (*pairs, *(str(item).split("=", 1) for item in listed if "=" in str(item))):
        if is_sensitive(str(key)) and value and "$" not in str(value):
            yield str(key)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _names(paths: Sequence[Path]) -> str:
    return ", ".join(path.name for path in paths)
