"""The plan for all images of an environment: one choice per image, and what follows for pulls, builds and the overlay.

The caller asks three times: `lookup_names` says which local images to look up, `plan_images` decides with what the
engine found, `fetch.carry_out` does it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from stackctl.errors import Finding, Refused
from stackctl.images import fills
from stackctl.images.choice import ImageChoice, decide, kind_of
from stackctl.images.dockerfile import asks_for_ca
from stackctl.images.fills import Fill
from stackctl.images.question import ImageQuestion, candidates, read_dockerfiles
from stackctl.images.recipes import VERSION_LABEL, build_order, stale
from stackctl.services.base import major_of, tag_of
from stackctl.stack.model import built_name

if TYPE_CHECKING:
    from stackctl.engine.values import Image
    from stackctl.stack.model import Service

__all__ = ["ImagePlan", "ImageQuestion", "lookup_names", "new_fills", "plan_images", "read_dockerfiles"]


@dataclass(frozen=True)
class ImagePlan:
    """What every image will be. `present` are the local images that were looked up."""

    question: ImageQuestion = field(repr=False)
    choices: tuple[ImageChoice, ...]
    present: Mapping[str, Image] = field(repr=False)

    @property
    def pulls(self) -> tuple[str, ...]:
        """Give the images to fetch, each once."""
        return tuple(dict.fromkeys(choice.used for choice in self.choices if choice.action == "pull"))

    @property
    def builds(self) -> tuple[str, ...]:
        """Give the recipes to build, what they build on included, in order."""
        wanted = {choice.recipe for choice in self.choices if choice.action == "build"}
        return stale(self.question.recipes, wanted, self.present)

    @property
    def ready(self) -> bool:
        """Say whether nothing is to be done."""
        return all(choice.action == "none" for choice in self.choices)

    @property
    def images(self) -> dict[str, str]:
        """Give the images by service that the overlay has to write: only those that differ from the file's."""
        return {item.service: item.used for item in self.choices if item.used != item.wanted and not item.argument}

    @property
    def standins(self) -> dict[str, str]:
        """Give, by service, the applications in whose place a stand-in runs."""
        return {
            item.service: item.wanted if item.wanted != item.used else item.service
            for item in self.choices
            if item.standin and not item.argument
        }

    @property
    def build_args(self) -> dict[str, dict[str, str]]:
        """Give the build arguments by service that the overlay has to write."""
        args: dict[str, dict[str, str]] = {}
        for item in self.choices:
            if item.argument and item.used != item.wanted:
                args.setdefault(item.service, {})[item.argument] = item.used
        return args

    @property
    def ca_for(self) -> tuple[str, ...]:
        """Give the services whose Dockerfile mounts the build secret `ca` and whose file does not give it."""
        return tuple(
            service.name
            for service in self.question.chosen
            if asks_for_ca(self.question.dockerfiles.get(service.name, "")) and not _gives_ca(service)
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """Give what must be said: each image of a plain project that is not the one its file names."""
        if not self.question.plain:
            return ()
        changed = [choice for choice in self.choices if choice.used != choice.wanted]
        return tuple(f"{item.service}: {item.used} instead of {item.wanted}" for item in changed)

    def settled(self, built: Collection[str]) -> ImagePlan:
        """Give the plan for services that need no build: the bases they would be built on are not fetched.

        What is used stays the same, because the argument is part of what the image was built from.
        """
        return replace(
            self,
            choices=tuple(
                replace(item, action="none", why="its image is built already")
                if item.argument and item.service in built and item.action != "none"
                else item
                for item in self.choices
            ),
        )


def lookup_names(question: ImageQuestion) -> set[str]:
    """Give the names of all local images that the plan wants to know about."""
    asked = candidates(question, {})
    names = {candidate.wanted for candidate in asked}
    names |= {built_name(question.stack, service) for service in question.chosen if service.build is not None}
    recipes = {candidate.recipe.name for candidate in asked if candidate.recipe}
    return names | {question.recipes[name].tag for name in build_order(question.recipes, recipes)}


def plan_images(question: ImageQuestion, present: Mapping[str, Image]) -> ImagePlan:
    """Decide for every image of the chosen services. `present`: what the engine has of `lookup_names`.

    Raises Refused where an image would open data that another kind or another major version has written, and
    ConfigError for recipes that cannot be ordered.
    """
    choices = tuple(decide(candidate, question.policy) for candidate in candidates(question, present))
    plan = ImagePlan(question, choices, present)
    check_data(plan)
    return plan


def check_data(plan: ImagePlan) -> None:
    """Raise Refused, with all findings, where a choice does not fit the data that is there."""
    findings: list[Finding] = []
    for volume, fill in new_fills(plan).items():
        before = plan.question.fills.get(volume)
        finding = fills.complaint(fill.service, volume, before, fill) if before else None
        if finding:
            findings.append(finding)
    if findings:
        first = findings[0]
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        raise Refused(first.message + more, first.hint, code=first.code, findings=findings)


def new_fills(plan: ImagePlan) -> dict[str, Fill]:
    """Give what would fill each data volume of the chosen services: what to record after a healthy start."""
    found: dict[str, Fill] = {}
    for item in plan.choices:
        if not item.argument:
            service = plan.question.stack.services[item.service]
            fill = Fill(kind_of(item.used, plan.present.get(item.used)), _major(item, plan), item.used, item.service)
            found |= dict.fromkeys(fills.data_volumes(plan.question.stack, service), fill)
    return found


def _major(item: ImageChoice, plan: ImagePlan) -> str:
    """Give the major version: a tag's for an official image, for a local one what its recipe or its label says."""
    image = plan.present.get(item.used)
    if kind_of(item.used, image) == "official":
        return major_of(tag_of(item.used))
    recipe = plan.question.recipes.get(item.recipe)
    label = image.labels.get(VERSION_LABEL, "") if image else ""
    # An image that is about to be built again says what it was, the recipe what it will be.
    return major_of((recipe.version if recipe and item.action == "build" else "") or label)


def _gives_ca(service: Service) -> bool:
    raw = service.raw.get("build")
    secrets = raw.get("secrets") or () if isinstance(raw, Mapping) else ()
    return any((entry if isinstance(entry, str) else entry.get("source")) == "ca" for entry in secrets)
