"""Runs checks side by side and says which hop is broken: what another failure explains is no failure of its own."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.errors import EngineError
from stackctl.verify.check import Check, Outcome, failed, skipped
from stackctl.workspace.events import Event
from stackctl.workspace.names import unknown

if TYPE_CHECKING:
    from stackctl.verify.site import Site

LATE = "its command was not done in the time given: give a busy machine more with --timeout"
FEW = 6  # names of checks fit on a line


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
    """Run them all at once: most of their time is waiting for a scrape or a span. The order is that of the table.

    Interrupted, it lets each check end what it is at, without waiting for anything any more.
    """
    pool = ThreadPoolExecutor(max(1, len(checks)))
    try:
        running = {pool.submit(_run, check, replace(site, after=check.after)): check.id for check in checks}
        left = set(running)
        while left:
            _tell(site, [name for item, name in running.items() if item in left])
            left = wait(left, return_when=FIRST_COMPLETED).not_done
        return explained([item.result() for item in running])
    except BaseException:
        site.stopped.set()
        raise
    finally:
        pool.shutdown()


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


def _tell(site: Site, waiting: Sequence[str]) -> None:
    text = f"waiting for {', '.join(waiting)}" if len(waiting) <= FEW else f"{len(waiting)} checks to go"
    site.world.events(Event("data", text, "verify", "running"))


def _run(check: Check, site: Site) -> Outcome:
    began = site.world.clock.monotonic()
    try:
        found = check.run(site)
    except (OSError, ValueError, EngineError) as error:
        # A door that closed in the middle of a check, or words of another kind than JSON: an answer, and no bug.
        said = str(error) or type(error).__name__
        found = failed(f"no answer while checking: {site.world.mask(said)}", "see: stackctl status")
        # A command in a container is slow on a busy machine (mongosh: 1 s of processor time alone). Services that hang
        # are found by asking them over their ports.
        if isinstance(error, EngineError) and isinstance(error.__cause__, TimeoutError):
            found = skipped(LATE)
    if found.status == "failed":
        site.broken.add(check.id)
    return Outcome(check, found, site.world.clock.monotonic() - began)
