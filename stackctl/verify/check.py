"""What a check is and what it found. A check is a small unit with an id; the table names them all, in their order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from stackctl.verify.site import Site

Status = Literal["ok", "failed", "skipped"]


@dataclass(frozen=True)
class Found:
    """What a check found: a sentence, for a failure the way out, and further lines where one is not enough."""

    status: Status
    text: str
    hint: str = ""
    details: tuple[str, ...] = ()


def ok(text: str) -> Found:
    """Say that a hop works."""
    return Found("ok", text)


def skipped(text: str) -> Found:
    """Say why there is nothing to check."""
    return Found("skipped", text)


def failed(problems: list[str] | str, hint: str) -> Found:
    """Say what is broken, the first problem as the sentence, and how to mend it."""
    first, *rest = [problems] if isinstance(problems, str) else problems
    return Found("failed", first, hint, tuple(rest))


@dataclass(frozen=True)
class Check:
    """One hop. `after` are the hops that it stands on: where one of them is broken, this one cannot be judged."""

    id: str
    title: str
    run: Callable[[Site], Found]
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """A check and what came of it; `seconds` it took. `because` is the broken hop that hides this one."""

    check: Check
    found: Found
    seconds: float
    because: str = ""
