"""Run `docker compose up -d` and wait beside it; where it gives up on something that heals, run it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.errors import StackctlError, StartError
from stackctl.health.wait import Waited, Watch, wait_until_settled
from stackctl.workspace.events import note

if TYPE_CHECKING:
    from stackctl.engine.door import Compose
    from stackctl.lifecycle.world import World

# Compose takes a dependency that crashes a few times for lost and leaves what needs it `Created`, although the engine
# starts it again and it heals (3 of 3 tries).
MOST_AGAIN = 3
_ABOUT_A_DEPENDENCY = (
    "dependency failed to start",
    "dependency failed",
    "didn't complete successfully",
    "is unhealthy",
    "exited (",
)


def run_compose(world: World, compose: Compose, words: Sequence[str], watch: Watch) -> Waited:
    """Give how the wait ended. Compose is ended with it.

    Raises StartError with Compose's own words where it could not start things, EngineError.
    """
    start = world.clock.monotonic()
    for again in range(MOST_AGAIN + 1):
        if again:  # what was known before the first time is no more
            watch = replace(watch, known=None)
        waited, said = _once(world, compose, words, watch.since(world.clock.monotonic() - start))
        if waited.failed or waited.timed_out or not waited.gave_up:
            return waited
        if watch.until_started or again == MOST_AGAIN or not any(reason in said for reason in _ABOUT_A_DEPENDENCY):
            raise start_error(said)
        names = [name for name in watch.names if name not in waited.unstarted]
        rest = replace(watch.since(world.clock.monotonic() - start), names=names, known=waited.containers)
        healed = wait_until_settled(world.engine, world.clock, world.events, rest)
        if healed.failed or healed.timed_out:
            return replace(healed, standings={**waited.standings, **healed.standings})
        left = ", ".join(sorted(waited.unstarted)) or "the rest"
        world.events(note(f"Compose gave up on a service that is well now; starting {left} again"))
        # What was forced once is done: again it would replace what has just become well.
        words = [word for word in words if word != "--force-recreate"]
    raise AssertionError  # the last turn returns or raises


def _once(world: World, compose: Compose, words: Sequence[str], watch: Watch) -> tuple[Waited, str]:
    said: list[str] = []
    handle = world.engine.up(compose, words, said.append)
    try:
        waited = wait_until_settled(world.engine, world.clock, world.events, watch, handle)
    finally:
        # A failure that cannot heal, the deadline and Ctrl-C end Compose too; containers stay as they are.
        if handle.poll() is None:
            handle.stop()
    return waited, "".join(said)


class ComposeStopped(StartError):
    """Compose ended without having started everything; `said` is all that it printed."""

    def __init__(self, reason: str, said: str) -> None:
        super().__init__(f"Compose could not start it: {reason}", "see what there is: stackctl status")
        self.said = said


def start_error(text: str) -> StackctlError:
    """Give the error for what Compose itself complained of while it started things."""
    from stackctl.engine.complaints import engine_error

    lines = [line.strip() for line in text.splitlines() if line.strip()]
    reasons = [line for line in lines if "Error" in line or "error" in line] or lines
    reason = reasons[-1] if reasons else "no reason given"
    return engine_error(text) or ComposeStopped(reason, text)
