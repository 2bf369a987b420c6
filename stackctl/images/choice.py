"""Which image a service uses: the one that its file names, or the recipe that stands in for it. Values in, values out.

auto      what is present; else pull; the recipe only where no registry answers, and never the other kind over data
registry  the named image, always
local     the recipe wherever there is one
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from stackctl.errors import Misuse
from stackctl.images.recipes import RecipeInfo, State, recipe_name
from stackctl.services.base import repository_of
from stackctl.services.registry import driver_for, drivers
from stackctl.stack.labels import RECIPE, SERVICE

if TYPE_CHECKING:
    from stackctl.engine.values import Image
    from stackctl.images.fills import Kind

POLICIES = ("auto", "registry", "local")
KIND_LABEL = "stackctl.kind"

Policy = Literal["auto", "registry", "local"]
Action = Literal["none", "pull", "build"]


@dataclass(frozen=True)
class Candidate:
    """What is known about one image before anything is decided.

    `argument` is the build argument that names it, empty for a service's own image; `recipe` what could stand in,
    `local` the state of that recipe's image, `recorded` the kind that filled the service's data (empty: none).
    """

    service: str
    wanted: str
    argument: str = ""
    recipe: RecipeInfo | None = None
    there: bool = False
    local: State = "missing"
    recorded: Kind | Literal[""] = ""
    plain: bool = False
    never_pull: bool = False


@dataclass(frozen=True)
class ImageChoice:
    """The decision for one image: what is used, why, and what has to be done for it.

    `recipe` makes `used` where `kind` is local. `stand_in` is the recipe that may be built where no registry answers;
    empty where that is not allowed. `standin` says that what is used does none of the work of what is wanted.
    """

    service: str
    wanted: str
    used: str
    kind: Kind
    why: str
    action: Action
    recipe: str = ""
    stand_in: str = ""
    argument: str = ""
    standin: bool = False

    def from_recipe(self, recipe: RecipeInfo, why: str, state: State) -> ImageChoice:
        """Give the same choice with the recipe's image instead."""
        action: Action = "none" if state == "ready" else "build"
        return replace(
            self,
            used=recipe.tag,
            kind="local",
            why=why,
            action=action,
            recipe=recipe.name,
            stand_in="",
            standin=recipe.standin,
        )


def policy_of(text: str) -> Policy:
    """Read `--images` or STACKCTL_IMAGES; nothing means auto. Raises Misuse for another word."""
    for policy in POLICIES:
        if (text or "auto") == policy:
            return policy  # type: ignore[return-value]  # the words of POLICIES are those of Policy
    raise Misuse(f"“{text}” is no way to choose images", f"one of: {', '.join(POLICIES)}", code="unknown-images")


def decide(candidate: Candidate, policy: Policy) -> ImageChoice:
    """Choose for one image."""
    choice = ImageChoice(
        candidate.service,
        candidate.wanted,
        candidate.wanted,
        "official",
        "it is here",
        "none",
        "",
        "",
        candidate.argument,
    )
    recipe = candidate.recipe
    if recipe is not None:
        why = _why_local(candidate, recipe, policy)
        if why:
            return choice.from_recipe(recipe, why, candidate.local)
    if candidate.there:
        return choice
    if candidate.never_pull:
        return replace(choice, why="it is not here, and the file says pull_policy: never")
    unrecorded = policy == "auto" and not candidate.plain and not candidate.recorded
    if recipe is not None and unrecorded and candidate.local == "ready":
        return choice.from_recipe(recipe, f"it is here, {candidate.wanted} is not", "ready")
    why = "it is not here" if policy != "local" else "it is not here, and there is no recipe for it"
    return replace(choice, why=why, action="pull", stand_in=recipe.name if recipe is not None and unrecorded else "")


def recipe_for(image: str, labels: Mapping[str, str], recipes: Mapping[str, RecipeInfo]) -> RecipeInfo | None:
    """Give the recipe that can stand in for a service's image: by the label `stackctl.recipe`, else by its driver.

    Without a label the repository must be the upstream's own: `bitnami/mongodb` is MongoDB with other paths, variables
    and users, and no recipe honours that.
    """
    named = labels.get(RECIPE, "")
    if named:
        return recipes.get(named)
    driver = driver_for(image, labels)
    if labels.get(SERVICE) or _upstream(image) in driver.images:
        return recipes.get(driver.recipe)
    return None


def recipe_for_base(image: str, recipes: Mapping[str, RecipeInfo]) -> RecipeInfo | None:
    """Give the recipe for an image to build on: of the same name as the upstream repository, or its driver's."""
    own = recipe_name(image)
    if own:
        return recipes.get(own)
    upstream = _upstream(image)
    by_driver = (driver.recipe for driver in drivers().values() if upstream in driver.images)
    return recipes.get(upstream) or recipes.get(next(by_driver, ""))


def kind_of(name: str, image: Image | None) -> Kind:
    """Give the kind of an image: what its label says, else what its name says."""
    label = image.labels.get(KIND_LABEL, "") if image else ""
    return "local" if label == "local" or recipe_name(name) else "official"


def _why_local(candidate: Candidate, recipe: RecipeInfo, policy: Policy) -> str:
    if candidate.wanted == recipe.tag:
        return "the file names it"
    if policy == "local":
        return f"instead of {candidate.wanted} (--images local)"
    if policy == "auto" and candidate.recorded == "local":
        return "it filled the volume"
    return ""


def _upstream(image: str) -> str:
    """Give the repository without Docker Hub's own prefixes: `docker.io/library/redis:8` is `redis`."""
    return re.sub(r"^(?:(?:index\.|registry-1\.)?docker\.io/)?(?:library/)?", "", repository_of(image))
