"""Which secrets of an environment are too weak to be hidden everywhere, as problems of `env check`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from stackctl.env.problem import Problem
from stackctl.lifecycle.secrecy import words_of
from stackctl.secrets.weak import weak_secret

if TYPE_CHECKING:
    from stackctl.lifecycle.effective import Effective


def weak_secrets(found: Effective, stored: Mapping[str, str], told: Collection[str]) -> list[Problem]:
    """Give a warning for each weak value, in env files and in the store; `told` are names with a worse problem."""
    words = set(words_of(found.stack)) if found.stack else set()
    problems = []
    for name, variable in found.variables.items():
        if not (variable.sensitive and variable.entry is not None) or name in told:
            continue
        finding = weak_secret(name, variable.value or "", words, "give it a longer one that is no name")
        if finding:
            place = variable.entry.value_place
            problems.append(Problem(finding.code, finding.severity, name, place, finding.message, finding.hint))
    for name, item in found.template.secrets.items():
        if item.directives.derive:
            continue
        finding = weak_secret(name, stored.get(name, ""), words)
        if finding:
            problems.append(Problem(finding.code, finding.severity, name, None, finding.message, finding.hint))
    return problems
