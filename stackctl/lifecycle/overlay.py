"""Which generated overlay a start needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.images.certificates import ca_bundle
from stackctl.lifecycle.ports import moved
from stackctl.lifecycle.select import without_dependencies
from stackctl.stack.overlay import Overlay

if TYPE_CHECKING:
    from stackctl.lifecycle.plan import UpPlan
    from stackctl.lifecycle.world import World


def overlay_of(world: World, plan: UpPlan) -> Overlay:
    """Give the generated overlay: images, build arguments, moved ports, dependencies without what is left out."""
    images, rest = plan.images, plan.rest
    ca_for = {*images.ca_for, *(rest.ca_for if rest else ())}
    ca = ca_bundle(world.shell) if ca_for else None
    return Overlay(
        images={**(rest.images if rest else {}), **images.images},
        build_args={**(rest.build_args if rest else {}), **images.build_args},
        ports=moved(plan.scene.stack, plan.moves),
        depends_on=without_dependencies(plan.scene.stack, plan.request),
        ca_for=sorted(ca_for) if ca else (),
        ca_bundle=ca,
    )
