"""What a bundle says of itself: who made it, of what, each file with what was hidden in it, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from stackctl.errors import (
    BackupFailed,
    CheckFailed,
    ConfigError,
    EngineError,
    Misuse,
    NotReady,
    Refused,
    StackctlError,
    StartError,
)
from stackctl.health.stored import decode, encode

FORMAT = "stackctl-bundle"
SCHEMA = 1
NAME, README = "manifest.json", "README.txt"
REVIEW = "Review it before you share it: names, paths, addresses and log lines of your project are in it."
_BY_CODE = {
    kind.exit_code: kind
    for kind in (Misuse, ConfigError, EngineError, StartError, NotReady, Refused, BackupFailed, CheckFailed)
}


@dataclass(frozen=True)
class Told:
    """An error in words: what a command would say, and end with."""

    exit_code: int
    code: str
    message: str
    hint: str = ""

    def error(self) -> StackctlError:
        """Give the error that it was."""
        return _BY_CODE.get(self.exit_code, StackctlError)(self.message, self.hint, code=self.code)


def told(error: BaseException) -> Told:
    """Give an error as words."""
    if isinstance(error, StackctlError):
        return Told(error.exit_code, error.code, error.message, error.hint)
    return Told(1, "bug", f"{type(error).__name__}: {error}")


@dataclass(frozen=True)
class FileFacts:
    """A file of the bundle: what it is for people, its size in bytes, its digest, and how much is hidden, by kind."""

    name: str
    about: str
    bytes: int
    sha256: str
    redacted: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Gap:
    """A file that is not there, and why."""

    name: str
    about: str
    why: Told


@dataclass(frozen=True)
class Manifest:
    """The whole. `failure` is the error of the command that the bundle was made after, `notes` is what to know."""

    made: datetime
    by: str
    project: str = ""
    environment: str = ""
    command: str = "bundle"
    failure: Told | None = None
    files: tuple[FileFacts, ...] = ()
    missing: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Give it as JSON values."""
        return {"format": FORMAT, "schema": SCHEMA, **encode(self)}

    @classmethod
    def from_dict(cls, raw: Any) -> Manifest:
        """Read it back. Raises ValueError."""
        found: Manifest = decode(cls, raw)
        return found
