"""Why a stack did not stand, from its bundle: the same rules over the same evidence, without Docker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.bundle.parts import EVIDENCE
from stackctl.bundle.read import Bundle, Wrong
from stackctl.errors import ConfigError
from stackctl.health.evidence import Evidence
from stackctl.lifecycle.explain import Known, judged
from stackctl.workspace.names import unknown

if TYPE_CHECKING:
    from stackctl.health.verdict import Verdict


def evidence_in(bundle: Bundle) -> Evidence:
    """Give the evidence of a bundle.

    Raises what kept it from being collected (an engine that was away, files that Compose rejected), or ConfigError
    where it is not understood.
    """
    if EVIDENCE not in bundle.files:
        for gap in bundle.manifest.missing:
            if gap.name == EVIDENCE:
                raise gap.why.error()
        raise _not_understood("there is none")
    try:
        return Evidence.from_dict(bundle.json(EVIDENCE))
    except (ValueError, TypeError, AttributeError, Wrong) as error:
        raise _not_understood(str(error)) from error


def judge_again(evidence: Evidence, services: Sequence[str] = ()) -> list[Verdict]:
    """Give the verdicts; `services` are those that were asked about. Raises Misuse for one that is not in it."""
    for name in services:
        if name not in evidence.services:
            raise unknown("service", name, evidence.services)
    if services:
        evidence = replace(evidence, wanted=tuple(services))
    try:
        return judged(evidence, Known(services=services, named=bool(services)))
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as error:
        # Values of the right kinds can still make no sense together: the rules are written for what an engine says.
        raise _not_understood(f"{type(error).__name__}: {error}") from error


def _not_understood(why: str) -> ConfigError:
    return ConfigError(
        f"the evidence in this bundle is not understood: {why[:200]}", "ask for it once more", code="bundle-damaged"
    )
