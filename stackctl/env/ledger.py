"""The ledger of an environment: each variable and secret from its template to the running container, as digests.

Values only; `lifecycle/drift.py` reads what they are made of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

State = Literal["changed", "added", "removed", "newer", "unknown", "same", "not running"]
Kind = Literal["variable", "container", "secret"]

# The first one counts where services differ.
ORDER: tuple[State, ...] = ("changed", "added", "removed", "newer", "unknown", "same", "not running")
DRIFT = frozenset(ORDER[:4])


@dataclass(frozen=True)
class Part:
    """What one service has of a row.

    `variable` is its name in the container, empty where it feeds something else (a port, an argument); `passed` is what
    the container would get, `running` what it has; both are digests, empty where there is nothing or nobody knows.
    """

    service: str
    variable: str
    passed: str
    running: str
    state: State

    def as_dict(self) -> dict[str, str | None]:
        """Give it for scripts."""
        return {
            "service": self.service,
            "variable": self.variable or None,
            "passed": self.passed or None,
            "running": self.running or None,
            "state": self.state,
        }


@dataclass(frozen=True)
class Row:
    """One variable of the env files, one variable that only a container has, or one secret.

    `template`, `file` and `passed` are digests, empty where it has no value there; `source` is where the value comes
    from. `stale`: the template has it, and no env file does.
    """

    kind: Kind
    name: str
    template: str
    file: str
    passed: str
    source: str
    parts: tuple[Part, ...] = ()
    stale: bool = False

    @property
    def state(self) -> State:
        """Give the worst of the services' states."""
        return next((state for state in ORDER if any(part.state == state for part in self.parts)), "same")

    @property
    def drifts(self) -> bool:
        """Say whether a container runs with another value, or the env file lacks what its template has."""
        return self.stale or self.state in DRIFT

    def as_dict(self) -> dict[str, object]:
        """Give it for scripts."""
        return {
            "kind": self.kind,
            "name": self.name,
            "template": self.template or None,
            "file": self.file or None,
            "passed": self.passed or None,
            "source": self.source,
            "state": self.state,
            "stale": self.stale,
            "services": [part.as_dict() for part in self.parts],
        }


@dataclass(frozen=True)
class Ledger:
    """All rows, and the services that must be recreated, each with its reasons."""

    rows: Sequence[Row]
    recreate: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    running: bool = True

    @property
    def drifting(self) -> list[Row]:
        """Give the rows that differ somewhere on the way."""
        return [row for row in self.rows if row.drifts]

    @property
    def drifts(self) -> bool:
        """Say whether anything is to be done."""
        return bool(self.recreate) or bool(self.drifting)
