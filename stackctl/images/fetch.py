"""Carrying out an image plan: pull, notice that nobody answers, and build what stands in."""

from __future__ import annotations

from dataclasses import replace

from stackctl.errors import Finding, StartError
from stackctl.images.build import ImageDoors, build_recipes
from stackctl.images.choice import ImageChoice, recipe_for, recipe_for_base
from stackctl.images.plan import ImagePlan, lookup_names
from stackctl.images.reach import can_ask, registry_of, silent
from stackctl.images.recipes import state

NO_REGISTRY = "no-registry"
WITHHELD = ("image-not-found", "image-denied")


def carry_out(plan: ImagePlan, doors: ImageDoors) -> ImagePlan:
    """Fetch and build what a plan asks for and give the plan as it came true, with the images that are there now.

    Where no registry answers, choices that have a stand-in become local; the others make it fail before anything is
    built. An application that a registry does not give away becomes its stand-in, too. Raises StartError
    (`no-registry`, `image-not-found`, `image-denied`, `rate-limited`, `build-failed`, `disk-full`).
    """
    unanswered, withheld = _pull(plan, doors)
    if unanswered | withheld:
        plan = without_registry(plan, unanswered | withheld)
    if unanswered:
        hosts = ", ".join(sorted({registry_of(image) for image in unanswered}))
        doors.events.on_note(f"no registry answers ({hosts}): using local recipes instead")
    for image in sorted(withheld):
        doors.events.on_note(f"no registry gives {image} to this machine: a stand-in takes its place")
    wanted = {choice.recipe for choice in plan.choices if choice.action == "build"}
    if wanted:
        build_recipes(plan.question.recipes, wanted, doors)
    if plan.ready:
        return plan
    return replace(plan, present=doors.engine.images(lookup_names(plan.question)))


def without_registry(plan: ImagePlan, unanswered: set[str]) -> ImagePlan:
    """Give the plan with recipes in place of the images that no registry gave. Pure.

    Data is safe: a service whose volume was filled by an official image has no stand-in. Raises StartError, naming
    every image that nothing stands in for.
    """
    lost = [item for item in plan.choices if item.action == "pull" and item.used in unanswered and not item.stand_in]
    if lost:
        findings = [_lost(item, plan) for item in lost]
        images = ", ".join(dict.fromkeys(item.used for item in lost))
        raise StartError(f"no registry answers for {images}", findings[0].hint, code=NO_REGISTRY, findings=findings)
    return replace(plan, choices=tuple(_stand_in(item, plan, unanswered) for item in plan.choices))


def _pull(plan: ImagePlan, doors: ImageDoors) -> tuple[set[str], set[str]]:
    """Pull; give the images for which nobody answered, and the applications that a registry does not give away.

    One registry is waited for once, not per image. A store's image that is not found stays an error: falling back to
    another program for a typing error in a tag would be worse.
    """
    apps = {item.used for item in plan.choices if item.stand_in and plan.question.recipes[item.stand_in].standin}
    registries = {registry_of(image) for image in plan.pulls}
    dead = silent(registries, doors.reach) if registries and can_ask(doors.facts) else set()
    unanswered: set[str] = set()
    withheld: set[str] = set()
    for image in plan.pulls:
        try:
            if registry_of(image) not in dead and not _pulled(image, doors):
                dead.add(registry_of(image))
        except StartError as error:
            if image not in apps or error.code not in WITHHELD:
                raise
            withheld.add(image)
            continue
        if registry_of(image) in dead:
            unanswered.add(image)
    return unanswered, withheld


def _pulled(image: str, doors: ImageDoors) -> bool:
    start = doors.clock.monotonic()
    doors.events.on_step(image, "pulling", 0.0)
    try:
        doors.engine.pull(image)
    except StartError as error:
        if error.code == NO_REGISTRY:
            return False
        raise
    doors.events.on_done(image, "pulled", doors.clock.monotonic() - start)
    return True


def _stand_in(item: ImageChoice, plan: ImagePlan, unanswered: set[str]) -> ImageChoice:
    if item.action != "pull" or item.used not in unanswered:
        return item
    recipe = plan.question.recipes[item.stand_in]
    why = f"no registry gives {item.wanted}" if recipe.standin else f"no registry answers for {item.wanted}"
    return item.from_recipe(recipe, why, state(recipe, plan.present))


def _lost(item: ImageChoice, plan: ImagePlan) -> Finding:
    """Say what can be done about an image that cannot be had; `--images local` only where that would help."""
    question = plan.question
    service = question.stack.services[item.service]
    has_recipe = (
        recipe_for_base(item.wanted, question.recipes)
        if item.argument
        else recipe_for(item.wanted, service.labels, question.recipes)
    )
    volumes_taken = any(fill.service == item.service and fill.kind == "official" for fill in question.fills.values())
    hint = f"check the network, or bring the image here: docker save {item.used} | ssh HOST docker load"
    if has_recipe and has_recipe.standin:
        hint = f"build it or bring it here as {item.used}, or let the reference app stand in for it: --images auto"
    elif has_recipe and not volumes_taken:
        hint = "use the local recipe: --images local"
    elif volumes_taken:
        hint += "; its data was written by the official image, a local one cannot read it"
    return Finding(NO_REGISTRY, "error", item.service, f"no registry answers for {item.used}", hint)
