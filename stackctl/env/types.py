"""The types that a template can say, with the settings each takes: those of env-spec, by its names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackctl.env.call import Call, template_error, unknown_word

if TYPE_CHECKING:
    from stackctl.env.place import Place

_RANGE = ("min", "max")
TYPES: dict[str, tuple[str, ...]] = {
    "string": ("minLength", "maxLength", "isLength", "startsWith", "endsWith", "matches", "allowEmpty"),
    "number": (*_RANGE, "isInt", "precision"),
    "boolean": (),
    "url": (),
    "enum": (),
    "email": (),
    "port": _RANGE,
    "ip": (),
    "semver": (),
    "isoDate": (),
    "uuid": (),
    "md5": (),
    "duration": (),
}


@dataclass(frozen=True)
class Type:
    """A type: its name, its settings as they are written, and for an enum the words that are allowed."""

    name: str = "string"
    settings: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[str, ...] = ()


def type_of(call: Call, place: Place) -> Type:
    """Make the type of `port(min=1024)`. Raises ConfigError, with "did you mean", for what there is not."""
    if call not in _made:
        _made[call] = _type_of(call, place)
    return _made[call]


_made: dict[Call, Type] = {}  # a thousand variables share a dozen types


def _type_of(call: Call, place: Place) -> Type:
    known = TYPES.get(call.name)
    if known is None:
        raise unknown_word(place, "type", call.name, tuple(TYPES))
    if call.name == "enum":
        if not call.arguments:
            raise template_error(place, "an enum needs the words that are allowed", "write enum(one, other)")
        return Type("enum", {}, call.arguments)
    settings: dict[str, str] = {}
    for argument in call.arguments:
        name, equals, value = argument.partition("=")
        if not equals:
            raise template_error(place, f"“{argument}” is no setting of the type {call.name}", "write name=value")
        if name not in known:
            raise unknown_word(place, f"setting of the type {call.name}", name, known)
        if wrong := _wrong_setting(name, value):
            raise template_error(place, f"“{name}={value}” cannot be: {wrong}", "correct the setting")
        settings[name] = value
    return Type(call.name, settings)


def _wrong_setting(name: str, value: str) -> str:
    if name in ("minLength", "maxLength", "isLength", "precision"):
        return "" if value.isascii() and value.isdigit() else "it takes a whole number"
    if name in _RANGE:
        return "" if re.fullmatch(r"[+-]?\d+(?:\.\d+)?", value, re.ASCII) else "it takes a number"
    if name in ("isInt", "allowEmpty"):
        return "" if value in ("true", "false") else "it is true or false"
    if name == "matches":
        try:
            re.compile(value)
        except re.error:
            return "it is no regular expression"
    return ""
