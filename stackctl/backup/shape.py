"""What a manifest may say. It may come from anybody: its digest shows an accident, not who wrote it.

Everything that later stands in a path, in a helper's words or on a terminal is held to what it has to look like.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from stackctl.services.saving.registry import KINDS

MOST_BYTES = 1 << 60
MOST_NAME = 64 << 10
NAME_MAX = 255
_WORD = re.compile(r"[\w.@+-]{1,128}", re.ASCII)
_OURS = (".", "..", "manifest.json", "notes.json")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LEVELS = ("point-in-time", "quiesced", "fuzzy")


def strange(raw: Mapping[str, Any]) -> str:
    """Give the first thing that is not as a manifest has it, empty where all is well."""
    wrong = _first(raw, _SET)
    if wrong:
        return wrong
    payloads, skipped = raw["payloads"], raw["skipped"]
    if not isinstance(payloads, list) or not isinstance(skipped, list):
        return "payloads"
    for item in payloads:
        wrong = _first(item, _PAYLOAD) if isinstance(item, dict) else "payloads"
        if wrong:
            return wrong
    files = [item["file"] for item in payloads]
    if len(set(files)) < len(files):
        return "one file for two payloads"
    if not all(_line(item.get("users", "")) for item in payloads):
        return "users"
    good = all(isinstance(item, dict) and _line(item.get("service")) and _line(item.get("reason")) for item in skipped)
    return "" if good else "skipped"


def _first(raw: Mapping[str, Any], wanted: Mapping[str, Callable[[Any], bool]]) -> str:
    return next((name for name, good in wanted.items() if name not in raw or not good(raw[name])), "")


def _line(value: Any) -> bool:
    """Say whether it is a text that a terminal may show."""
    return isinstance(value, str) and len(value) <= 4096 and (not value or value.isprintable())


def _matching(pattern: re.Pattern[str], *, empty: bool = False) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and bool(pattern.fullmatch(value) or (empty and not value))


def _number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_BYTES


def _time(value: Any) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _form(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"bytes", "sha256"}
        and _number(value["bytes"])
        and _matching(_SHA256, empty=True)(value["sha256"])
    )


def _counts(value: Any) -> bool:
    return isinstance(value, dict) and all(_name(name) and _number(count) for name, count in value.items())


def _facts(value: Any) -> bool:
    return isinstance(value, dict) and all(_name(name) and _fact(fact) for name, fact in value.items())


def _fact(value: Any) -> bool:
    if isinstance(value, dict):
        return _facts(value)
    if isinstance(value, list):
        return all(_fact(item) for item in value)
    return value is None or isinstance(value, (bool, int, float)) or _name(value)


def _name(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MOST_NAME  # a collection's name may hold anything


def _file(value: Any) -> bool:
    return _line(value) and 0 < len(value.encode()) <= NAME_MAX and "/" not in value and value not in _OURS


def _store(value: Any) -> bool:
    if not isinstance(value, dict) or not all(_line(name) and _line(text) for name, text in value.items()):
        return False
    target = value.get("target", "/")
    return target.startswith("/") and ".." not in target.split("/")


def _image(value: Any) -> bool:
    return _line(value) and not value.startswith("-") and " " not in value


_SET: Mapping[str, Callable[[Any], bool]] = {
    "id": _line,
    "project": _line,
    "stack": _line,
    "environment": _line,
    "created": _time,
    "stackctl": _line,
    "engine": _line,
    "consistency": lambda value: value in _LEVELS,
    "skew_seconds": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "encrypted": lambda value: isinstance(value, bool),
    "payloads": lambda value: isinstance(value, list),
    "skipped": lambda value: isinstance(value, list),
    "purpose": _line,
}
_PAYLOAD: Mapping[str, Callable[[Any], bool]] = {
    "service": _matching(_WORD),
    "driver": _matching(_WORD),
    "kind": lambda value: isinstance(value, str) and value in KINDS,
    "file": _file,
    "image": _image,
    "image_id": _image,
    "image_kind": _line,
    "version": _line,
    "tool": _line,
    "consistency": lambda value: value in _LEVELS,
    "started": _time,
    "ended": _time,
    "plain": _form,
    "stored": _form,
    "counts": _counts,
    "proof": _facts,
    "state": _facts,
    "store": _store,
    "exit_codes": _counts,
    "fingerprint": _matching(re.compile(r"scrypt:[0-9a-f]{32}:[0-9a-f]{64}"), empty=True),
}
