"""Frozen dataclasses to JSON values and back: times, tuples, mappings, optional parts. By type hints alone."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints


def encode(value: Any) -> Any:
    """Give a value as JSON knows it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: encode(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    return value


def decode(kind: Any, raw: Any) -> Any:
    """Give back the value of a type; unknown keys are passed over, missing ones keep their default."""
    if raw is None:
        return None
    origin = get_origin(kind)
    if origin in (types.UnionType, Union):
        inner = next(option for option in get_args(kind) if option is not type(None))
        return decode(inner, raw)
    if origin is tuple:
        return tuple(decode(get_args(kind)[0], item) for item in raw)
    if origin is not None and issubclass(origin, Mapping):
        return {key: decode(get_args(kind)[1], item) for key, item in raw.items()}
    if kind is datetime:
        return datetime.fromisoformat(raw)
    if is_dataclass(kind):
        hints = _hints(kind)  # type: ignore[arg-type]
        return kind(**{name: decode(hint, raw[name]) for name, hint in hints.items() if name in raw})  # type: ignore[operator]
    return raw


@cache
def _hints(kind: Any) -> dict[str, Any]:
    names = {item.name for item in fields(kind)}
    return {name: hint for name, hint in get_type_hints(kind).items() if name in names}
