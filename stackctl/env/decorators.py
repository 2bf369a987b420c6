"""The comment decorators of env-spec that templates use: `# @required @type=port(min=1024)`.

A documented subset, so that varlock reads the same files. varlock rejects names that it does not know, which is why
what is ours stands in a comment of its own, `# stackctl: …`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from stackctl.env.call import Call, read_arguments, read_call, shifted, template_error, unknown_word
from stackctl.env.place import Place
from stackctl.errors import ConfigError

FLAGS = ("required", "optional", "sensitive", "public")
ITEM = (*FLAGS, "type", "example", "docs", "deprecated")
# Read and without effect here: they are about varlock's own generated code, its proxy and its pages.
IGNORED = ("auditIgnore", "dynamic", "icon", "internal", "note", "placeholder", "see", "static", "tag", "todo")
ROOT = ("defaultRequired", "defaultSensitive")
IGNORED_ROOT = ("currentEnv", "generateTypes", "generateTsTypes")

_NAME = re.compile(r"@([A-Za-z][A-Za-z0-9]*)")
_WORD = re.compile(r"[^\s#]+")


@dataclass(frozen=True)
class Decorator:
    """One decorator: `value` is its text, "true" where it has none; `call` is set where the value is `name(…)`."""

    name: str
    value: str
    call: Call | None
    place: Place

    @property
    def root(self) -> bool:
        """Whether it is about the whole file."""
        return self.name in ROOT or self.name in IGNORED_ROOT

    @property
    def on(self) -> bool:
        """Whether a flag is set. Raises ConfigError where it is neither true nor false."""
        if self.value not in ("true", "false"):
            raise template_error(self.place, f"@{self.name} is true or false", f"write @{self.name}")
        return self.value == "true"


def read_decorators(text: str, place: Place) -> list[Decorator]:
    """Read a comment that starts with `@`; `place` is that of its first character.

    Raises ConfigError, with its place, for a name that is not in the subset and for what does not parse.
    """
    try:
        known = _known(text)
    except ConfigError:
        known = tuple(_read(text, place))  # once more, for the right place
    return [
        Decorator(item.name, item.value, item.call, shifted(place, item.place.column - 1))
        if item.place.source == ""
        else item
        for item in known
    ]


@lru_cache(maxsize=4096)
def _known(text: str) -> tuple[Decorator, ...]:
    """Read a comment as if it stood at the start of a file: a thousand variables share a dozen of them."""
    return tuple(_read(text, Place("", 1, 1)))


def _read(text: str, place: Place) -> list[Decorator]:
    found: list[Decorator] = []
    position = 0
    while position < len(text) and text[position] != "#":
        if text[position].isspace():
            position += 1
            continue
        decorator, position = _one(text, position, place)
        found.append(decorator)
        if position < len(text) and not text[position].isspace():
            raise template_error(shifted(place, position), "a blank is expected here", "put quotes around the value")
    return found


def _one(text: str, position: int, place: Place) -> tuple[Decorator, int]:
    here = shifted(place, position)
    head = _NAME.match(text, position)
    if head is None:
        raise template_error(
            here, "a decorator is expected here", "put ` # ` in front of prose, or the prose on a line of its own"
        )
    name, end = head[1], head.end()
    known = (*ITEM, *ROOT, *IGNORED, *IGNORED_ROOT)
    if name not in known:
        raise unknown_word(here, "decorator", f"@{name}", tuple(f"@{word}" for word in (*ITEM, *ROOT)))
    following = text[end : end + 1]
    if following == "(":
        arguments, end = read_arguments(text, end, place)
        return Decorator(name, ", ".join(arguments), None, here), end
    if following != "=":
        return Decorator(name, "true", None, here), end
    return _with_value(text, name, end + 1, here, place)


def _with_value(text: str, name: str, start: int, here: Place, place: Place) -> tuple[Decorator, int]:
    mark = text[start : start + 1]
    if mark and mark in "'\"`":
        end = text.find(mark, start + 1)
        if end < 0:
            raise template_error(shifted(place, start), "this quote is never closed", "close it on the same line")
        return Decorator(name, text[start + 1 : end], None, here), end + 1
    if re.match(r"[A-Za-z][A-Za-z0-9_-]*\(", text[start:]):
        call, end = read_call(text, start, place)
        return Decorator(name, str(call), call, here), end
    word = _WORD.match(text, start)
    if word is None:
        raise template_error(shifted(place, start), f"@{name}= has no value", "write the value right after the =")
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", word.group())
    return Decorator(name, word.group(), Call(word.group()) if plain else None, here), word.end()
