"""What is said when a start fails: the verdict where the rules find one, else who failed and with which words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stackctl.errors import Finding, NotReady, StackctlError, StartError

if TYPE_CHECKING:
    from stackctl.health.verdict import Verdict
    from stackctl.health.wait import Waited
    from stackctl.lifecycle.explain import Known
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target

# At a deadline these say no more than that it is late: the author's own values may tolerate the probe still.
SAY_NOTHING_NEW = {StartError: ("unknown",), NotReady: ("unknown", "probe-failing", "probe-timeout")}


def raise_unless_standing(world: World, target: Target, waited: Waited, services: Sequence[str]) -> None:
    """Raise, explained, what `not_standing` gives for these services."""
    wrong = not_standing(target, waited)
    if wrong:
        from stackctl.lifecycle.explain import Known

        raise explained(world, target, wrong, Known(timed_out=late(waited), services=services))


def late(waited: Waited) -> list[str]:
    """Give the services whose time is over while the engine still calls them starting: it does not say so itself."""
    found = [item.service for item in waited.failed if item.given_up]
    return found + [item.service for item in waited.pending] if waited.timed_out else found


def not_standing(target: Target, waited: Waited) -> StackctlError | None:
    """Give StartError for services that failed, NotReady for those that ran out of time, naming each; else None."""
    if waited.failed:
        findings = [
            Finding("service-failed", "error", item.service, f"{item.service}: {item.text}") for item in waited.failed
        ]
        first = waited.failed[0]
        env = f"-e {target.env.value} " if target.env.value else ""
        hint = f"its last lines: stackctl logs {env}--tail 20 {first.service}"
        return StartError(f"{first.service} failed to start: {first.text}", hint, findings=findings[1:])
    if waited.timed_out:
        findings = [
            Finding("not-ready", "error", item.service, f"{item.service}: {item.text}") for item in waited.pending
        ]
        names = ", ".join(item.service for item in waited.pending)
        return NotReady(f"not ready in time: {names}", "give more time: --timeout 5m", findings=findings)
    return None


def explained(world: World, target: Target, error: StackctlError, known: Known) -> StackctlError:
    """Give the error as a verdict where one is found: the first cause, its proof, one fix.

    An explanation that fails never hides what it was to explain; one that is not sure adds to it and changes nothing.
    """
    # Rules and a look at everything: only a failed start needs them.
    from stackctl.lifecycle.explain import evidence_of, judged

    try:
        evidence = evidence_of(world, target, known)
        found = judged(evidence, known)
    except StackctlError:
        return error
    empty = SAY_NOTHING_NEW[NotReady if isinstance(error, NotReady) else StartError]
    sure = [verdict for verdict in found if verdict.code not in empty]
    result = error
    if sure:
        first = sure[0]
        result = StartError(first.cause, _way_out(first), code=first.code, findings=_proof(sure))
    result.evidence = evidence
    result.data = {
        "verdict": found[0].as_dict() if found else None,
        "verdicts": [verdict.as_dict() for verdict in found],
    }
    return result


def _way_out(verdict: Verdict) -> str:
    fix = verdict.fix
    place = f" ({fix.file}{f':{fix.line}' if fix.line else ''})" if fix.file else ""
    command = f": {fix.command}" if fix.command and fix.command not in fix.text else ""
    return f"{fix.text}{command}{place}"


def _proof(found: list[Verdict]) -> list[Finding]:
    first, *others = found
    proof = [Finding("evidence", "info", first.service, f"{item.source}: {item.text}") for item in first.evidence]
    if first.because_of_it:
        proof.append(
            Finding("because-of-it", "info", first.service, f"because of it: {', '.join(first.because_of_it)}")
        )
    return proof + [Finding(item.code, "error", item.service, item.cause, _way_out(item)) for item in others]
