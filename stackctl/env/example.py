"""Reads a `.env.example` as a template. Nobody wrote it for us: what is no decorator is prose, and it may hold `$`."""

from __future__ import annotations

from stackctl.env.comments import blocks
from stackctl.env.grammar import parse
from stackctl.env.item import Item, Template
from stackctl.env.template import load
from stackctl.errors import ConfigError
from stackctl.mask import is_sensitive


def load_example(data: bytes, source: str, layer: str) -> Template:
    """Read an example; where it is no clean template, its values are the defaults and its comments descriptions.

    References are replaced as Compose would, by the example's own values. Raises ConfigError where Compose would reject
    the file.
    """
    try:
        return load(data, source, layer)
    except ConfigError as error:
        if error.code != "template-invalid":
            raise
    env_file = parse(data, source)
    values = env_file.resolve({})
    items: dict[str, Item] = {}
    for block in blocks(env_file):
        entry = block.entry
        if entry is None or not entry.key:
            continue
        default = None if entry.quote == "bare" else values.get(entry.key, "")
        items[entry.key] = Item(
            key=entry.key,
            default=default,
            layer=layer,
            place=entry.place,
            description=tuple(comment.text for comment in block.comments),
            required=bool(default),
            sensitive=is_sensitive(entry.key),
        )
    return Template(tuple(items.values()), (source,))
