"""Runs checks side by side and says which hop is broken: what another failure explains is no failure of its own."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.errors import EngineError
from stackctl.verify.check import Check, Found, Outcome, skipped
from stackctl.workspace.names import unknown

if TYPE_CHECKING:
    from stackctl.verify.site import Site


def chosen(checks: Sequence[Check], only: Sequence[str]) -> list[Check]:
    """Give the checks named by id or by the word before the dot, all for none; what they stand on comes with them.

    Raises Misuse for a name that none has.
    """
    groups = {check.id.partition(".")[0] for check in checks}
    for name in only:
        if name not in groups and not any(check.id == name for check in checks):
            raise unknown("check", name, [*sorted(groups), *(check.id for check in checks)])
    wanted = {check.id for check in checks if not only or check.id in only or check.id.partition(".")[0] in only}
    by_id = {check.id: check for check in checks}
    waiting = list(wanted)
    while waiting:
        for name in by_id[waiting.pop()].after:
            if name not in wanted:
                wanted.add(name)
                waiting.append(name)
    return [check for check in checks if check.id in wanted]


def run_checks(checks: Sequence[Check], site: Site) -> list[Outcome]:
    """Run them all at once: most of their time is waiting for a scrape or a span. The order is that of the table."""
    with ThreadPoolExecutor(max(1, len(checks))) as pool:
        running: dict[str, Future[Outcome]] = {}
        for check in checks:
            running[check.id] = pool.submit(_run, check, site)
        return explained([running[check.id].result() for check in checks])


def explained(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Give the outcomes with each failure that stands on a broken hop told as not judged, with that hop's id."""
    broken: dict[str, str] = {}
    result = []
    for seen in outcomes:  # the table's order: a check comes after those that it stands on
        outcome = seen
        cause = next((broken[name] for name in outcome.check.after if name in broken), "")
        if cause:
            broken[outcome.check.id] = cause
            if outcome.found.status == "failed":
                outcome = replace(outcome, found=skipped(f"not judged: {cause} is broken"), because=cause)
        elif outcome.found.status == "failed":
            broken[outcome.check.id] = outcome.check.id
        result.append(outcome)
    return result


def _run(check: Check, site: Site) -> Outcome:
    began = site.world.clock.monotonic()
    try:
        found = check.run(site)
    except (OSError, ValueError, EngineError) as error:
        # A door that closed in the middle of a check, or words of another kind than JSON: an answer, and no bug.
        said = str(error) or type(error).__name__
        found = Found("failed", f"no answer while checking: {site.world.mask(said)}", "see: stackctl status")
    if found.status == "failed":
        site.broken.add(check.id)
    return Outcome(check, found, site.world.clock.monotonic() - began)
