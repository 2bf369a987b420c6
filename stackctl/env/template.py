"""Reads `env/<stack>/<layer>.env.template`: which variables there are, what they mean and how secrets are made.

    # Where the app is published.
    # @required @type=port(min=1024)
    CORE_PORT=8080

    # Password of MongoDB's root user.
    # stackctl: generate=hex(32) file=mongo_root
    MONGO_ROOT_PASSWORD=

The comments are those of env-spec (see decorators), ours stand beside them (see directives).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stackctl.env.call import template_error, unknown_word
from stackctl.env.comments import Block, Comment, blocks
from stackctl.env.decorators import ROOT, Decorator, read_decorators
from stackctl.env.directives import Directives, read_directives
from stackctl.env.escape import unescape
from stackctl.env.grammar import parse
from stackctl.env.item import Item, Template, check_directives
from stackctl.env.types import type_of
from stackctl.mask import is_sensitive

if TYPE_CHECKING:
    from stackctl.env.scan import Entry

_NO_DIRECTIVES = Directives()
_FUNCTION = re.compile(r"[A-Za-z_]\w*\(.*\)")


@dataclass(frozen=True)
class _Defaults:
    required: str = "infer"
    sensitive: bool | None = None


def load(data: bytes, source: str, layer: str) -> Template:
    """Read one template. `source` is its name in messages, `layer` the word that is kept with every item.

    Raises ConfigError with file:line:column for what Compose rejects, an unknown decorator or directive (with "did you
    mean"), a decorator that stands above nothing, a name that is there twice, and a default that another reader would
    take for something else.
    """
    env_file = parse(data, source)
    defaults = _Defaults()
    items: dict[str, Item] = {}
    for block in blocks(env_file):
        if block.entry is None:
            defaults = _detached(block, defaults, header=not items)
            continue
        item = _item(block, block.entry, defaults, layer)
        if item.key in items:
            raise template_error(item.place, f"{item.key} is there twice", f"see line {items[item.key].place.line}")
        items[item.key] = item
    return Template(tuple(items.values()), (source,))


def _detached(block: Block, defaults: _Defaults, *, header: bool) -> _Defaults:
    for comment in block.comments:
        if comment.kind == "directives":
            raise template_error(comment.place, "this comment stands above no variable", "remove the gap below it")
        for decorator in _decorators([comment]):
            if not decorator.root:
                hint = "remove the gap or the divider below it"
                raise template_error(decorator.place, f"@{decorator.name} stands above no variable", hint)
            if not header:
                raise template_error(decorator.place, f"@{decorator.name} is about the whole file", "put it at the top")
            defaults = _root(decorator, defaults)
    return defaults


def _root(decorator: Decorator, defaults: _Defaults) -> _Defaults:
    if decorator.name == "defaultSensitive":
        return replace(defaults, sensitive=decorator.on)
    if decorator.name == "defaultRequired":
        if decorator.value not in ("true", "false", "infer"):
            raise unknown_word(
                decorator.place, "value of @defaultRequired", decorator.value, ("true", "false", "infer")
            )
        return replace(defaults, required=decorator.value)
    return defaults


def _item(block: Block, entry: Entry, defaults: _Defaults, layer: str) -> Item:
    if not entry.key:
        raise template_error(entry.place, "this value has no name", "write NAME=value and end the line")
    default = _default(entry)
    directives = _NO_DIRECTIVES
    for comment in block.comments:
        if comment.kind == "directives":
            directives = read_directives(comment.text, comment.place, directives)
    check_directives(directives, default, entry.place)
    guess = bool(directives.file) or is_sensitive(entry.key)
    description = tuple(comment.text for comment in block.comments if comment.kind == "prose")
    said: dict[str, object] = {}
    for decorator in _decorators(block.comments):
        _decorated(said, decorator)
    whole = {
        "description": description,
        "required": bool(default) if defaults.required == "infer" else defaults.required == "true",
        "sensitive": guess if defaults.sensitive is None else defaults.sensitive,
        "directives": directives,
        **said,
    }
    named = {*said, *(["description"] if any(description) else ())}
    named |= {"directives"} if directives != _NO_DIRECTIVES else set()
    place, key = entry.place, entry.key
    return Item(key=key, default=default, layer=layer, place=place, said=frozenset(named), **whole)  # type: ignore[arg-type]


def _decorators(comments: Iterable[Comment]) -> list[Decorator]:
    return [
        decorator
        for comment in comments
        if comment.kind == "decorators"
        for decorator in read_decorators(comment.text, comment.place)
    ]


def _decorated(said: dict[str, object], decorator: Decorator) -> None:
    """Add what a decorator says of an item."""
    if decorator.name in ROOT:
        raise template_error(decorator.place, f"@{decorator.name} is about the whole file", "put a gap below it")
    if decorator.name in ("required", "optional"):
        said["required"] = decorator.on == (decorator.name == "required")
    elif decorator.name in ("sensitive", "public"):
        said["sensitive"] = decorator.on == (decorator.name == "sensitive")
    elif decorator.name == "type":
        if decorator.call is None:
            raise template_error(decorator.place, "@type needs the name of a type", "write @type=string")
        said["type"] = type_of(decorator.call, decorator.place)
    elif decorator.name == "docs":
        docs = said.get("docs", ())
        said["docs"] = (*(docs if isinstance(docs, tuple) else ()), decorator.value)
    elif decorator.name == "deprecated":
        said["deprecated"] = "deprecated" if decorator.value == "true" else decorator.value
    elif decorator.name == "example":
        said["example"] = decorator.value


def _default(entry: Entry) -> str | None:
    """Give the value after `=`. Refuses what env-spec and Compose read differently, and every reference."""
    if entry.quote == "bare":
        return None
    raw = entry.raw_value
    if entry.quote == "none" and ("#" in raw or raw.startswith("`") or _FUNCTION.fullmatch(raw)):
        raise template_error(entry.value_place, "readers disagree about this default", "put single quotes around it")
    text = unescape(raw, entry.quote)
    if entry.quote != "single" and "$" in text:
        hint = "put single quotes around a literal $; templates hold no references"
        raise template_error(entry.value_place, "a $ in this default would be replaced", hint)
    return text
