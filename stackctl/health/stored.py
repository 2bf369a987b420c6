"""Frozen dataclasses to JSON values and back: times, tuples, mappings, optional parts. By type hints alone."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
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
    """Give back the value of a type; unknown keys are passed over, missing ones keep their default.

    Raises ValueError for a value of another type: what is read may come from anybody.
    """
    origin = get_origin(kind)
    if origin in (types.UnionType, Union):
        if raw is None and type(None) in get_args(kind):
            return None
        return decode(next(option for option in get_args(kind) if option is not type(None)), raw)
    if origin is tuple:
        return tuple(decode(get_args(kind)[0], item) for item in _of(list, raw))
    if origin is not None and issubclass(origin, Mapping):
        return {key: decode(get_args(kind)[1], item) for key, item in _of(dict, raw).items()}
    if kind is datetime:
        moment = datetime.fromisoformat(_of(str, raw))
        # Moments with and without a zone cannot be compared; ours have one.
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if is_dataclass(kind):
        return _dataclass(kind, _of(dict, raw))
    return _of(kind, raw) if kind in (str, int, bool) else raw


def _dataclass(kind: Any, raw: dict[str, Any]) -> Any:
    values = {name: decode(hint, raw[name]) for name, hint in _hints(kind).items() if name in raw}
    try:
        return kind(**values)
    except TypeError as error:
        raise ValueError(f"a {kind.__name__} is not whole: {error}") from error


def _of(kind: type, raw: Any) -> Any:
    if type(raw) is not kind:  # not isinstance: True is an int, too
        raise ValueError(f"{type(raw).__name__} stands where {kind.__name__} is expected")
    return raw


@cache
def _hints(kind: Any) -> dict[str, Any]:
    names = {item.name for item in fields(kind)}
    return {name: hint for name, hint in get_type_hints(kind).items() if name in names}
