"""Checks a value against the type that a template says. What comes back never holds the value."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from stackctl.env.types import Type

_TRUE_OR_FALSE = ("true", "false", "yes", "no", "on", "off", "1", "0", "t", "f", "y", "n")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
_SEMVER = re.compile(
    r"(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)"
    r"(?:-(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*)?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DURATION = re.compile(r"\d+(?:\.\d+)?|(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d|w)\s*)+")


def problem(kind: Type, value: str) -> str:
    """Say what is wrong with a value of this type, as the end of a sentence ("is no port"); nothing where it is well.

    An empty value is never wrong here: whether there must be one is another question.
    """
    return _CHECKS[kind.name](kind, value) if value else ""


def _string(kind: Type, value: str) -> str:
    settings = kind.settings
    length = len(value)
    if length < int(settings.get("minLength", 0)):
        return f"has fewer than {settings['minLength']} characters"
    if length > int(settings.get("maxLength", length)):
        return f"has more than {settings['maxLength']} characters"
    if length != int(settings.get("isLength", length)):
        return f"has not just {settings['isLength']} characters"
    if not value.startswith(settings.get("startsWith", "")):
        return f"does not start with “{settings['startsWith']}”"
    if not value.endswith(settings.get("endsWith", "")):
        return f"does not end with “{settings['endsWith']}”"
    if "matches" in settings and not re.search(settings["matches"], value):
        return f"does not match {settings['matches']}"
    return ""


def _number(kind: Type, value: str) -> str:
    if not _NUMBER.fullmatch(value):
        return "is no number"
    digits = value.lower().partition("e")[0].partition(".")[2]
    if kind.settings.get("isInt", "false") == "true" and not float(value).is_integer():
        return "is no whole number"
    if "precision" in kind.settings and len(digits) > int(kind.settings["precision"]):
        return f"has more than {kind.settings['precision']} decimal places"
    return _range(kind, float(value))


def _port(kind: Type, value: str) -> str:
    if not (value.isascii() and value.isdigit() and len(value) <= 5 and 1 <= int(value) <= 65535):
        return "is no port (1 to 65535)"
    return _range(kind, int(value))


def _range(kind: Type, number: float) -> str:
    if "min" in kind.settings and number < float(kind.settings["min"]):
        return f"is less than {kind.settings['min']}"
    if "max" in kind.settings and number > float(kind.settings["max"]):
        return f"is more than {kind.settings['max']}"
    return ""


def _boolean(_kind: Type, value: str) -> str:
    return "" if value.lower() in _TRUE_OR_FALSE else "is neither true nor false"


def _url(_kind: Type, value: str) -> str:
    try:
        parts = urlsplit(value)
        well = bool(parts.scheme and parts.hostname) and not re.search(r"\s", value) and (parts.port or 1) > 0
    except ValueError:
        well = False
    return "" if well else "is no URL (scheme://host)"


def _enum(kind: Type, value: str) -> str:
    return "" if value in kind.choices else f"is none of: {', '.join(kind.choices)}"


def _ip(_kind: Type, value: str) -> str:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return "is no IP address"
    return ""


def _date(_kind: Type, value: str) -> str:
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            read(value)
        except ValueError:
            continue
        return ""
    return "is no ISO date (2026-01-31)"


def _pattern(pattern: str | re.Pattern[str], said: str) -> Callable[[Type, str], str]:
    return lambda _kind, value: "" if re.fullmatch(pattern, value) else said


_CHECKS: dict[str, Callable[[Type, str], str]] = {
    "string": _string,
    "number": _number,
    "boolean": _boolean,
    "url": _url,
    "enum": _enum,
    "email": _pattern(_EMAIL, "is no e-mail address"),
    "port": _port,
    "ip": _ip,
    "semver": _pattern(_SEMVER, "is no semantic version (1.2.3)"),
    "isoDate": _date,
    "uuid": _pattern(_UUID, "is no UUID"),
    "md5": _pattern(r"[0-9a-fA-F]{32}", "is no MD5 digest"),
    "duration": _pattern(_DURATION, "is no duration (90s, 5m)"),
}
