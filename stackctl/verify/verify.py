"""The self-test of one environment: looks at it, runs the checks, and gives the outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.engine.net import http_ask
from stackctl.errors import ConfigError
from stackctl.verify.leftover import tidy
from stackctl.verify.run import chosen, run_checks
from stackctl.verify.site import RESERVE, SECONDS, Doors, Site
from stackctl.verify.story import app_base

if TYPE_CHECKING:
    from stackctl.lifecycle.world import World
    from stackctl.verify.check import Check, Outcome
    from stackctl.workspace.target import Target


@dataclass(frozen=True)
class Report:
    """What came of a run; `broken` are the failures that no other explains."""

    project: str
    outcomes: tuple[Outcome, ...]
    seconds: float

    @property
    def broken(self) -> list[Outcome]:
        """Give the hops that are broken."""
        return [outcome for outcome in self.outcomes if outcome.found.status == "failed"]


def verify(world: World, target: Target, only: Sequence[str] = (), seconds: float = SECONDS) -> Report:
    """Check an environment, in at most `seconds`; what is written through its app is removed again whatever happens.

    Raises Misuse for an unknown check, EngineError, Refused while another run is at it.
    """
    from stackctl.verify.table import CHECKS

    began = world.clock.monotonic()
    checks = chosen(CHECKS, only)
    site = site_of(world, target)
    # The time is for the hops: how long Compose takes to read its files is not theirs.
    world.mask("")  # its patterns are made at the first text: once here, and not by every thread at the same time
    with tidy(site, app_base(site), 2 * seconds):
        site.end = world.clock.monotonic() + seconds - RESERVE
        site.pace = max(1.0, seconds / SECONDS)
        outcomes = run_checks(checks, site)
    return Report(target.project, tuple(outcomes), world.clock.monotonic() - began)


def planned(only: Sequence[str] = ()) -> Sequence[Check]:
    """Give what would be checked. Raises Misuse for an unknown check."""
    from stackctl.verify.table import CHECKS

    return chosen(CHECKS, only)


def site_of(world: World, target: Target) -> Site:
    """Look at an environment: containers, and the model where its files can be read."""
    from stackctl.lifecycle.begin import environment_of
    from stackctl.lifecycle.scene import look, with_generated
    from stackctl.lifecycle.secrecy import learn_stack, learn_target

    learn_target(world, target)
    doors = Doors(http_ask, world.engine.address())
    try:
        env = environment_of(world, target)
        scene = look(world, with_generated(env.target), env.variables)
    except ConfigError:
        return Site(world, target.project, world.engine.containers(target.project), None, doors)
    learn_stack(world, scene.stack)
    return Site(world, target.project, scene.containers, scene.stack, doors)
