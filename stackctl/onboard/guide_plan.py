"""The plan of a guided first start: each step is to be done, holds already, or is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from stackctl.errors import ConfigError, Refused, StackctlError

if TYPE_CHECKING:
    from stackctl.lifecycle.plan import UpPlan
    from stackctl.onboard.first_run import Progress

Name = Literal["doctor", "environment", "secrets", "images", "start", "verify", "addresses"]
ORDER: tuple[Name, ...] = ("doctor", "environment", "secrets", "images", "start", "verify", "addresses")
Action = Literal["do", "held", "skipped"]
DID = {"to fetch": "fetched", "to build": "built"}


@dataclass(frozen=True)
class Step:
    """One step: what is done with it, in words what that is or why it is not done, and how it reads afterwards."""

    name: Name
    action: Action
    text: str
    done: str = ""


@dataclass(frozen=True)
class Asked:
    """What decides over the steps that a start does not need.

    `watched`: somebody looks on, at a terminal. `verify`: it was asked for (True), or refused (False). `wait`: the
    start is waited for. `again`: another attempt can go on where this one ends.
    """

    watched: bool
    verify: bool | None = None
    wait: bool = True
    again: bool = True


def doctor_step(before: Progress, asked: Asked) -> Step:
    """Give the first step, which is taken before there is a plan of the start."""
    if "doctor" in before.seconds:
        return Step("doctor", "held", "this machine was looked at")
    if asked.watched:
        return Step("doctor", "do", "looking at this machine, and for what would be in the way of a start")
    clear = "nothing is in the way of a start; stackctl doctor looks at the whole machine"
    return Step("doctor", "do", "looking for what would be in the way of a start", clear)


def plan_steps(plan: UpPlan | None, before: Progress, asked: Asked) -> tuple[Step, ...]:
    """Give the steps after the first; without a plan everything runs already and nothing is to be made."""
    if plan is None or plan.unchanged:
        made = [Step(name, "held", "nothing is missing") for name in ORDER[1:4]]
        up = Step("start", "held", "all services are up")
        return (*made, up, _verify(before, asked, started=False), _addresses())
    steps = (_environment(plan), _secrets(plan), _images(plan), _start(plan))
    return (*steps, _verify(before, asked, started=True), _addresses())


def step_of(error: StackctlError) -> Name:
    """Give the step that an error of the planning belongs to."""
    if isinstance(error, ConfigError):
        return "environment"
    if isinstance(error, Refused) and error.code.startswith("credentials"):
        return "secrets"
    return "doctor"


def _environment(plan: UpPlan) -> Step:
    fill = plan.env.fill
    if fill is None and plan.env.own_file is None:
        return Step("environment", "skipped", "there is no template to fill")
    if fill is not None and fill.file.data is not None:
        count = len(fill.file.added)
        values = f"{_counted(count, 'value')} from its template"
        return Step("environment", "do", f"{fill.path.name} gets {values}", f"{fill.path.name} with {values}")
    if plan.env.own_file is not None:
        own = plan.env.own_file[0].name
        return Step("environment", "do", f"{own} gets what this instance has of its own", f"{own} made")
    return Step("environment", "held", f"{fill.path.name if fill else 'the env file'} lacks nothing")


def _secrets(plan: UpPlan) -> Step:
    new, known = len(plan.env.new_secret_files), len(plan.env.secrets)
    if new:
        return Step("secrets", "do", f"{_counted(new, 'secret')} to make: {_names(plan)}", f"{new} made")
    if known:
        return Step("secrets", "held", f"{_counted(known, 'secret')} in place")
    return Step("secrets", "skipped", "no template declares one")


def _names(plan: UpPlan) -> str:
    return ", ".join(sorted(path.name for path in plan.env.new_secret_files))


def _images(plan: UpPlan) -> Step:
    parts = {
        "to fetch": list(plan.images.pulls),
        "to build": [*plan.images.builds, *plan.builds],
    }
    said = "; ".join(f"{len(names)} {verb}: {', '.join(names)}" for verb, names in parts.items() if names)
    if said:
        done = "; ".join(f"{len(names)} {DID[verb]}" for verb, names in parts.items() if names)
        return Step("images", "do", said, done)
    return Step("images", "held", "all of them are here")


def _start(plan: UpPlan) -> Step:
    waits = ", then waiting until all are ready" if plan.request.wait else ""
    count = _counted(len(plan.selected), "service")
    done = f"{count} up" if plan.request.wait else f"{count} started, not waited for"
    if not plan.changed and plan.request.wait:
        return Step("start", "do", f"waiting until all are ready ({count})", done)
    return Step("start", "do", f"{len(plan.changed)} of {count} to start{waits}", done)


def _verify(before: Progress, asked: Asked, *, started: bool) -> Step:
    if asked.verify is False:
        return Step("verify", "skipped", "--no-verify")
    if not asked.wait:
        return Step("verify", "skipped", "what is not waited for cannot be tested yet: stackctl verify")
    if not (asked.watched or asked.verify):
        return Step("verify", "skipped", "left to `stackctl verify` where nobody looks on; --verify asks for it")
    if "verify" in before.seconds and not started and not asked.verify:
        return Step("verify", "held", "it was tested")
    return Step("verify", "do", "proving that it works, hop by hop")


def _addresses() -> Step:
    return Step("addresses", "do", "where to find what")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def numbered(name: Name) -> str:
    """Give a step with its number: `1/7 doctor`."""
    return f"{ORDER.index(name) + 1}/{len(ORDER)} {name}"


def by_name(steps: tuple[Step, ...]) -> Mapping[Name, Step]:
    """Give the steps by their names."""
    return {step.name: step for step in steps}
