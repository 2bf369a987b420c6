"""What the image plan is asked: which services, which policy, what filled their volumes. Values in, values out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from stackctl.images import fills
from stackctl.images.choice import Candidate, Policy, recipe_for, recipe_for_base
from stackctl.images.dockerfile import read_dockerfile
from stackctl.images.recipes import RecipeInfo, recipe_name, state

if TYPE_CHECKING:
    from stackctl.engine.values import Image
    from stackctl.images.fills import Fill
    from stackctl.stack.model import Service, Stack
    from stackctl.workspace.files import Files

ARGUMENT_ENDING = "_IMAGE"


@dataclass(frozen=True)
class ImageQuestion:
    """What the choice depends on, besides the images that are there.

    `services` are the names that will run (dependencies included), `plain` a project without a stackctl workspace,
    `fills` the records that still hold (`fills.living`), `dockerfiles` the texts of the services that are built.
    """

    stack: Stack
    services: Collection[str]
    policy: Policy
    plain: bool
    recipes: Mapping[str, RecipeInfo]
    fills: Mapping[str, Fill] = field(default_factory=dict)
    dockerfiles: Mapping[str, str] = field(default_factory=dict)

    @property
    def chosen(self) -> list[Service]:
        """Give the services that will run, by name."""
        return [self.stack.services[name] for name in sorted(self.services) if name in self.stack.services]


def read_dockerfiles(stack: Stack, services: Iterable[str], files: Files) -> dict[str, str]:
    """Give the Dockerfile of each service that is built; a missing one is empty, Compose will say so."""
    built = [stack.services[name] for name in services if name in stack.services and stack.services[name].build]
    return {service.name: read_dockerfile(service, files) for service in built}


def candidates(question: ImageQuestion, present: Mapping[str, Image]) -> list[Candidate]:
    """Give every image to decide about, with what is known of it; `present` are the local images."""
    found: list[Candidate] = []
    for service in question.chosen:
        if service.build is not None:
            found += _bases(question, service, present)
        elif service.image:
            recipe = question.recipes.get(recipe_name(service.image)) or recipe_for(
                service.image, service.labels, question.recipes
            )
            found.append(_candidate(question, service, service.image, recipe, present))
    return found


def _bases(question: ImageQuestion, service: Service, present: Mapping[str, Image]) -> list[Candidate]:
    """Give the images that a service's build arguments name, where a recipe could stand in for them.

    In a plain project they are Docker's own business, unless local images are asked for.
    """
    if service.build is None or (question.plain and question.policy != "local"):
        return []
    found = []
    for argument, value in sorted(service.build.args.items()):
        recipe = recipe_for_base(value, question.recipes) if argument.endswith(ARGUMENT_ENDING) and value else None
        if recipe:
            found.append(replace(_candidate(question, service, value, recipe, present), argument=argument, recorded=""))
    return found


def _candidate(
    question: ImageQuestion, service: Service, wanted: str, recipe: RecipeInfo | None, present: Mapping[str, Image]
) -> Candidate:
    volumes = fills.data_volumes(question.stack, service)
    kinds = [question.fills[name].kind for name in volumes if name in question.fills]
    return Candidate(
        service=service.name,
        wanted=wanted,
        recipe=recipe,
        there=wanted in present,
        local=state(recipe, present) if recipe else "missing",
        recorded=kinds[0] if kinds else "",
        plain=question.plain,
        never_pull=service.raw.get("pull_policy") == "never",
    )
