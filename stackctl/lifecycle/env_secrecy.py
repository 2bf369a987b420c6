"""Teach the mask the values that the templates call sensitive: a name does not always say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackctl.lifecycle.effective import Effective
    from stackctl.lifecycle.world import World


def learn_effective(world: World, found: Effective) -> None:
    """Learn every sensitive value of an environment, and the names that must stay readable."""
    world.mask.protect(*found.variables, *(found.stack.services if found.stack else ()))
    values = [variable.value for variable in found.variables.values() if variable.sensitive and variable.value]
    world.mask.add(*values)
