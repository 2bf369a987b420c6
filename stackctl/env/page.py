"""The table of a stack's variables for the manual, from its templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackctl.env.item import Item, Template
    from stackctl.env.types import Type

BASE = "base"


def variables_table(layers: Mapping[str, Template]) -> str:
    """Give a Markdown table, one row per variable in the order of the templates.

    `layers`: the template of each layer by name, `base` first. A value that an environment says again stands in its
    column; secrets have the name of their file in place of a value.
    """
    environments = [name for name in layers if name != BASE]
    items: dict[str, Item] = {}
    for template in layers.values():
        for item in template.items:
            items.setdefault(item.key, item)
    head = ["variable", "meaning", "type", *environments]
    rows = [head, ["---"] * len(head)]
    for key, item in items.items():
        values = [_value(key, layers, name) for name in environments]
        rows.append([f"`{key}`", _meaning(item), _type(item.type), *values])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _value(key: str, layers: Mapping[str, Template], name: str) -> str:
    own = layers[name].get(key)
    item = own if own is not None and own.default is not None else layers[BASE].get(key) or own
    if item is None:
        return "–"
    if item.secret:
        return f"secret `{item.secret}`"
    if item.directives.generate:
        return "generated"
    if item.directives.secrets_dir:
        return "set by stackctl"
    if not item.default:
        return "**required**" if item.required else "empty"
    return f"`{item.default}`"


def _meaning(item: Item) -> str:
    text = " ".join(line.strip() for line in item.description if line.strip())
    example = f" Example: `{item.example}`." if item.example else ""
    return (text + example).replace("|", "\\|")


def _type(kind: Type) -> str:
    settings = [f"{name}={value}" for name, value in kind.settings.items()]
    words = ", ".join((*kind.choices, *settings))
    return f"`{kind.name}({words})`" if words else f"`{kind.name}`"
