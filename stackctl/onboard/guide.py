"""Leads through a first start: announces each step, times it, and remembers what is done for the next attempt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.errors import StackctlError
from stackctl.onboard.first_run import Progress, finish, keep
from stackctl.onboard.guide_plan import ORDER, Asked, Name, Step, by_name, doctor_step, numbered, plan_steps, step_of
from stackctl.workspace.events import Event, note

if TYPE_CHECKING:
    from stackctl.lifecycle.plan import UpPlan
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target

OPEN = "open"  # not come so far


@dataclass(frozen=True)
class Row:
    """What became of a step.

    `state`: done, held (it was done before), skipped, warning (done, and something is to be told), failed, open.
    `seconds`: how long it took, in this start or an earlier one; None where nobody knows.
    """

    name: Name
    state: str
    text: str
    seconds: float | None = None

    @property
    def word(self) -> str:
        """Give the state as a person reads it: what an earlier attempt did, or what was never missing."""
        if self.state != "held":
            return self.state
        return "in place" if self.seconds is None else "done before"

    def as_dict(self) -> dict[str, object]:
        """Give the step as it stands in the JSON envelope."""
        seconds = None if self.seconds is None else round(self.seconds, 3)
        return {"name": self.name, "state": self.state, "seconds": seconds, "text": self.text}


class Guide:
    """One attempt at a first start. The steps go by in their order; each ends where the next one begins."""

    def __init__(self, world: World, target: Target, before: Progress, asked: Asked) -> None:
        self.asked = asked
        self._world, self._target, self._before = world, target, before
        self._progress = before
        self._planned: dict[Name, Step] = {"doctor": doctor_step(before, asked)}
        self._rows: dict[Name, Row] = {}
        self._now: tuple[Name, float] | None = None
        self._said = ("", "")

    @property
    def rows(self) -> list[Row]:
        """Give every step in order, those too that it has not come to."""
        return [self._rows.get(name) or self._open(name) for name in ORDER]

    def greet(self) -> None:
        """Say what this is."""
        how = "goes on with its first start here" if self._before.seconds else "starts for the first time here"
        self._world.events(note(f"{self._target.title} {how}: {len(ORDER)} steps"))

    def does(self, name: Name) -> bool:
        """Say whether a step is to be done."""
        return name in self._planned and self._planned[name].action == "do"

    def plan(self, plan: UpPlan | None) -> None:
        """Decide the steps after the first, which is over; without a plan, everything runs already."""
        self._planned |= by_name(plan_steps(plan, self._before, self.asked))
        self._end()

    def begin(self, name: Name) -> None:
        """End the step that is under way and begin this one; what stands between them needs nothing, and is told."""
        self._end()
        for earlier in ORDER[: ORDER.index(name)]:
            self._pass(earlier)
        if self.does(name):
            self._tell(name, self._planned[name].text, "running")
            self._now = (name, self._world.clock.monotonic())
        else:
            self._pass(name)

    def say(self, state: str, text: str) -> None:
        """Say what came of the step that is under way, instead of what was planned."""
        self._said = (state, text)

    def close(self) -> None:
        """End the last step, and remember that the first start has ended well, where it was waited for."""
        self._end()
        for name in ORDER:
            self._pass(name)
        if self.asked.wait:
            finish(self._world, self._target, self._progress)

    @contextmanager
    def led(self, *, planning: bool = False) -> Iterator[None]:
        """Let an error say at which step it ended; one of the planning may belong to a later step."""
        try:
            yield
        except StackctlError as error:
            self._fail(error, planning=planning)
            raise

    def _fail(self, error: StackctlError, *, planning: bool) -> None:
        name = self._now[0] if self._now else "start"
        if planning:
            name = step_of(error)
            if self._now and name != self._now[0]:
                self._said = self._said if self._said[1] else ("done", "as far as the files can be read")
                self._end()
        began = self._now[1] if self._now else None
        self._now = None
        seconds = None if began is None else self._world.clock.monotonic() - began
        self._rows[name] = Row(name, "failed", error.message, seconds)
        # No second cross: the error itself is told at the very end, with its way out.
        more = "; the next `stackctl up` goes on with it" if self.asked.again else ""
        self._tell(name, f"ends here{more}", "stopped", seconds)
        error.data = {**error.data, "steps": [row.as_dict() for row in self.rows]}

    def _end(self) -> None:
        if self._now is None:
            return
        (name, began), (state, text) = self._now, self._said
        self._now, self._said = None, ("", "")
        seconds = self._world.clock.monotonic() - began
        planned = self._planned[name]
        row = Row(name, state or "done", text or planned.done or planned.text, seconds)
        self._rows[name] = row
        self._tell(name, text or planned.done or "done", row.state, seconds)
        if row.state in ("done", "warning"):
            self._progress = self._progress.having(name, seconds)
            # Where nobody looks on, the first step changes nothing: a start that is refused there leaves no trace.
            if self.asked.watched or name != "doctor":
                keep(self._world, self._target, self._progress)

    def _pass(self, name: Name) -> None:
        """Tell, once, of a step that is not done now."""
        if name in self._rows:
            return
        step = self._planned.get(name)
        if step is None or step.action == "do":
            return
        self._rows[name] = Row(name, step.action, step.text, self._before.seconds.get(name))
        self._tell(name, f"{self._rows[name].word}, {step.text}", "done" if step.action == "held" else step.action)

    def _open(self, name: Name) -> Row:
        step = self._planned.get(name)
        return Row(name, OPEN, step.text if step else "")

    def _tell(self, name: Name, text: str, state: str, seconds: float | None = None) -> None:
        self._world.events(Event("phase", text, numbered(name), state, seconds))
