"""Why a service has another definition now: the variables that changed, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stackctl.env.old_values import Change, differences, named
from stackctl.errors import StackctlError
from stackctl.lifecycle.variable_facts import digests_by_service
from stackctl.stack.environment import passed_to

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.env.effective import Variable
    from stackctl.lifecycle.plan import UpPlan
    from stackctl.lifecycle.scene import Scene
    from stackctl.lifecycle.state import Applied
    from stackctl.lifecycle.world import World
    from stackctl.secrets.digest import Digest

MOST_NAMES = 4


@dataclass(frozen=True)
class Comparison:
    """What runs beside what would be started.

    `now` are digests of the variables by service and key, `images` what each image sets by itself, by its id.
    """

    scene: Scene
    applied: Applied
    variables: Mapping[str, Variable]
    now: Mapping[str, Mapping[str, str]]
    images: Mapping[str, Mapping[str, str]]

    def of_container(self, item: Container) -> dict[str, Change]:
        """Give the variables inside one container that would get another value, by their names there."""
        passed = passed_to(self.scene.stack.services[item.service])
        return differences(passed, item.environment, self.images.get(item.image_id, {}))

    def of_service(self, name: str) -> dict[str, Change]:
        """Give what has changed for one service, by the names that a user edits; of several containers all count."""
        containers = self.scene.of(name)
        inside = {key: change for item in containers for key, change in self.of_container(item).items()}
        before = self.applied.started_with(name, [item.id for item in containers])
        return named(name, self.variables, inside, before.variables if before else {}, self.now.get(name, {}))


def compared(
    world: World, scene: Scene, applied: Applied, variables: Mapping[str, Variable], keyed: Digest
) -> Comparison:
    """Give the comparison; asks the engine for the images of what runs."""
    ids = {item.image_id for item in scene.containers}
    images = {key: image.environment for key, image in world.engine.images(ids).items()}
    return Comparison(scene, applied, variables, digests_by_service(variables, keyed), images)


def changed_variables(
    world: World, plan: UpPlan, applied: Applied, services: Iterable[str], keyed: Digest
) -> dict[str, str]:
    """Give, by service, the names of the variables that changed since its containers were made; never a value."""
    from stackctl.lifecycle.effective import variables_of

    try:
        variables = variables_of(world, plan.env.target, plan.scene.stack)
    except StackctlError:
        return {}  # names are a help; a start does not end for lack of them
    comparison = compared(world, plan.scene, applied, variables, keyed)
    changes = {name: comparison.of_service(name) for name in services}
    return {name: in_words(found) for name, found in changes.items() if found}


def in_words(changes: Mapping[str, Change]) -> str:
    """Give `A changed, B added`, folded where there are many."""
    words = [f"{name} {change}" for name, change in changes.items()]
    more = len(words) - MOST_NAMES
    return ", ".join(words[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def with_variables(world: World, plan: UpPlan, keyed: Digest) -> UpPlan:
    """Give the plan with digests of what each service's definition names; as it is where they cannot be read."""
    from stackctl.lifecycle.effective import variables_of

    try:
        found = digests_by_service(variables_of(world, plan.env.target, plan.scene.stack), keyed)
    except StackctlError:
        return plan
    now = {name: replace(facts, variables=found.get(name, {})) for name, facts in plan.now.items()}
    return replace(plan, now=now)
