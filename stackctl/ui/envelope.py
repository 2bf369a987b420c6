"""The JSON envelope: one object on standard output, and nothing else there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stackctl.errors import Finding, StackctlError

SCHEMA = 1


@dataclass(frozen=True)
class Result:
    """What a command gives back: data for scripts, lines for people, findings, and the exit code."""

    data: Mapping[str, object] = field(default_factory=dict)
    lines: Sequence[str] = ()
    findings: Sequence[Finding] = ()
    exit_code: int = 0
    error: StackctlError | None = None
    revealed: bool = False  # the value was asked for by name (secrets show): it passes unmasked
    raw: str | None = None  # printed as it is, for commands whose output is data of another kind (config --format json)


def hidden(result: Result, mask: Callable[[str], str]) -> Result:
    """Give the result with every text masked: the last gate before a screen, a pipe or a log."""
    if result.revealed:
        return result
    if result.error:
        result.error.mask(mask)
    return replace(
        result,
        data=_masked(result.data, mask),
        lines=[mask(line) for line in result.lines],
        findings=[finding.masked(mask) for finding in result.findings],
    )


def _masked(value: Any, mask: Callable[[str], str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _masked(item, mask) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item, mask) for item in value]
    return mask(value) if isinstance(value, str) else value


def envelope(command: str, result: Result) -> str:
    """Give the envelope of a result as one line of JSON."""
    return json.dumps(
        {
            "schema": SCHEMA,
            "command": command,
            "ok": result.exit_code == 0,
            "exit_code": result.exit_code,
            "data": result.data,
            "findings": [finding.as_dict() for finding in result.findings],
            "error": result.error.as_dict() if result.error else None,
        },
        ensure_ascii=False,
    )


def of_error(error: StackctlError) -> Result:
    """Give the result that an error is."""
    return Result(data=error.data, findings=error.findings, exit_code=error.exit_code, error=error)
