"""One thing that is wrong with an environment: its code, its place, a sentence without the value, a way out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.env.place import Place
from stackctl.errors import ConfigError, Finding

if TYPE_CHECKING:
    from stackctl.errors import Severity

_PLACED = re.compile(r"(?P<source>.+?):(?P<line>\d+):(?P<column>\d+): (?P<said>.+)", re.DOTALL)


@dataclass(frozen=True)
class Problem:
    """A problem; `key` is empty where it is about a whole file, `place` is None where it is about no file."""

    code: str
    severity: Severity
    key: str
    place: Place | None
    message: str
    hint: str = ""

    @property
    def finding(self) -> Finding:
        """Give it as a finding: the place stands before the sentence."""
        message = f"{self.place}: {self.message}" if self.place else self.message
        return Finding(self.code, self.severity, self.key or str(self.place or ""), message, self.hint)

    def as_dict(self) -> dict[str, object]:
        """Give it for scripts."""
        return {
            "code": self.code,
            "severity": self.severity,
            "key": self.key or None,
            "file": self.place.source if self.place else None,
            "line": self.place.line if self.place else None,
            "column": self.place.column if self.place else None,
            "message": self.message,
            "fix": self.hint,
        }

    @property
    def order(self) -> tuple[str, int, int]:
        """Sort by place; what has none comes last."""
        return (self.place.source, self.place.line, self.place.column) if self.place else ("\uffff", 0, 0)


def of_finding(finding: Finding) -> Problem:
    """Give a finding as a problem; the place is taken from its sentence, or from its subject where that is one."""
    for text, said in ((finding.message, ""), (f"{finding.subject}: {finding.message}", finding.message)):
        found = _PLACED.fullmatch(text)
        if found:
            place = Place(found["source"], int(found["line"]), int(found["column"]))
            key = "" if said else finding.subject
            return Problem(finding.code, finding.severity, key, place, found["said"], finding.hint)
    return Problem(finding.code, finding.severity, finding.subject, None, finding.message, finding.hint)


def of_error(error: ConfigError, key: str = "") -> Problem:
    """Give an error as a problem."""
    return of_finding(Finding(error.code, "error", key, error.message, error.hint))
