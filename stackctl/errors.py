"""What can go wrong, as one tree. Every error has a sentence, a way out and an exit code.

StackctlError            1  a bug of ours, when it is raised as itself
├── Misuse               2  the command line is wrong
├── ConfigError          3  Compose files, env files or variables are invalid
├── EngineError          4  the engine is unreachable or too old
├── StartError           5  a service failed to start; `code` says why
├── NotReady             6  not ready before the deadline
├── Refused              7  needs `--yes`, or a safety gate is shut
├── BackupFailed         8  a backup or a restore failed
├── CheckFailed          9  a check found something wrong
├── PartlyDone          10  some of it is done (`down`, `prune`, `copy`)
└── Interrupted        130  Ctrl-C

A `Finding` is something that the user should know and that does not end the command by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import ClassVar, Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """One observation: a stable code, how bad it is, what it is about, a sentence and a way out."""

    code: str
    severity: Severity
    subject: str
    message: str
    hint: str = ""

    def as_dict(self) -> dict[str, str]:
        """Give the finding as it stands in the JSON envelope."""
        return asdict(self)

    def masked(self, mask: Callable[[str], str]) -> Finding:
        """Give the finding with its texts masked."""
        return replace(self, message=mask(self.message), hint=mask(self.hint))


class StackctlError(Exception):
    """The root. Raised as itself it is a bug; its children are answers for the user.

    `message` is one sentence, `hint` the way out, `code` a stable word for scripts, `findings` everything that was
    found at the same time (all missing variables, not the first one).
    """

    exit_code: ClassVar[int] = 1
    default_code: ClassVar[str] = "bug"

    def __init__(self, message: str, hint: str = "", *, code: str = "", findings: Sequence[Finding] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or self.default_code
        self.findings = tuple(findings)
        self.data: Mapping[str, object] = {}  # what scripts get beside it: a verdict
        self.evidence: object | None = None  # what that verdict was made of, for a bundle

    def mask(self, mask: Callable[[str], str]) -> None:
        """Hide secret values in its texts."""
        self.message, self.hint = mask(self.message), mask(self.hint)
        self.findings = tuple(finding.masked(mask) for finding in self.findings)

    def as_dict(self) -> dict[str, str]:
        """Give the error as it stands in the JSON envelope."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class Misuse(StackctlError):
    """The command line asks for something that does not exist or cannot be combined."""

    exit_code = 2
    default_code = "misuse"


class ConfigError(StackctlError):
    """Compose files, env files or variables are invalid. Nothing has been changed."""

    exit_code = 3
    default_code = "config-invalid"


class EngineError(StackctlError):
    """The Docker engine cannot be reached, or lacks what is needed."""

    exit_code = 4
    default_code = "engine-unreachable"


class StartError(StackctlError):
    """A service failed to start, or preflight found what would make it fail. `code` is a verdict code."""

    exit_code = 5
    default_code = "unknown"


class NotReady(StackctlError):
    """Services were not ready before the deadline."""

    exit_code = 6
    default_code = "not-ready"


class Refused(StackctlError):
    """Something would be lost or mixed up, and nobody has said yes to it."""

    exit_code = 7
    default_code = "refused"


class BackupFailed(StackctlError):
    """A backup or a restore failed; no set exists, or the live data is as it was."""

    exit_code = 8
    default_code = "backup-failed"


class CheckFailed(StackctlError):
    """A check (doctor, verify, drift) found something wrong."""

    exit_code = 9
    default_code = "check-failed"


class PartlyDone(StackctlError):
    """Some of the work is done, some is not; the findings name each."""

    exit_code = 10
    default_code = "partly-done"


class Interrupted(StackctlError):
    """The user pressed Ctrl-C, or the process was asked to end."""

    exit_code = 130
    default_code = "interrupted"
