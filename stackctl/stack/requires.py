"""`x-stackctl.requires`: what a stack wants of stackctl, of Compose and of the machine. Values in, findings out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.errors import ConfigError, Finding
from stackctl.stack.sizes import bytes_of

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

KEYS = ("stackctl", "compose", "memory")
EXAMPLE = "write for example: requires: {stackctl: '>=0.1', compose: '>=2.24', memory: 4GiB}"
# Of the memory that is built in, firmware and kernel keep some: a machine of 4 GiB tells 3.8.
TOLERANCE = 0.9
_NUMBER = re.compile(r"v?(\d+(?:\.\d+)*)")
_UPGRADES = {
    "stackctl": "get a newer one: pip install --upgrade stackctl",
    "compose": "get another docker-compose-plugin from Docker's package repository, or your distribution's",
}


@dataclass(frozen=True)
class Requires:
    """What is wanted: version specifiers as in PEP 440 (empty: any), memory in bytes (0: any)."""

    stackctl: str = ""
    compose: str = ""
    memory: int = 0

    @property
    def of_engine(self) -> bool:
        """Say whether the engine has to be asked."""
        return bool(self.compose or self.memory)


@dataclass(frozen=True)
class Found:
    """What there is; an empty version is not known."""

    stackctl: str
    compose: str = ""
    memory: int = 0


def requires_from(raw: object) -> Requires:
    """Read what the file says. Raises ConfigError for a key or a value that means nothing."""
    if raw is None:
        return Requires()
    if not isinstance(raw, Mapping):
        raise _wrong("x-stackctl.requires is not understood")
    for key in raw:
        if key not in KEYS:
            raise _wrong(f"x-stackctl.requires knows no “{key}”, only {', '.join(KEYS)}")
    versions = {key: str(raw.get(key) or "") for key in ("stackctl", "compose")}
    for key, text in versions.items():
        _specifier(key, text)
    memory = bytes_of(raw["memory"]) if raw.get("memory") else 0
    if memory is None:
        raise _wrong(f"x-stackctl.requires.memory is no size: “{raw['memory']}”")
    return Requires(versions["stackctl"], versions["compose"], memory)


def misses(wanted: Requires, found: Found) -> list[Finding]:
    """Give what is not as the stack wants it, each with the way out."""
    missed = []
    for key, title, text, there in (
        ("stackctl", "stackctl", wanted.stackctl, found.stackctl),
        ("compose", "Compose", wanted.compose, found.compose),
    ):
        number = _NUMBER.match(there)
        if text and number and not _specifier(key, text).contains(number[1], prereleases=True):
            message = f"this stack wants {title} {text}, and this is {there}"
            missed.append(Finding(f"{key}-version", "error", title, message, _UPGRADES[key]))
    if found.memory and found.memory < wanted.memory * TOLERANCE:
        message = f"this stack wants {_gib(wanted.memory)} of memory, and the engine has {_gib(found.memory)}"
        hint = "give the engine's machine more, or start less: stackctl up --without SERVICE"
        missed.append(Finding("memory-size", "error", "memory", message, hint))
    return missed


def _specifier(key: str, text: str) -> SpecifierSet:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        # A bare number is the least version that will do.
        return SpecifierSet(f">={text}" if re.match(r"\d", text) else text)
    except InvalidSpecifier:
        raise _wrong(f"x-stackctl.requires.{key} is no version: “{text}”") from None


def _wrong(message: str) -> ConfigError:
    return ConfigError(message, EXAMPLE, code="requires-invalid")


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"
