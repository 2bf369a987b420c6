"""Which generated overlay a start needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stackctl.images.certificates import ca_bundle
from stackctl.lifecycle.ports import moved
from stackctl.lifecycle.select import without_dependencies
from stackctl.stack.overlay import Overlay

if TYPE_CHECKING:
    from stackctl.images.plan import ImagePlan
    from stackctl.lifecycle.request import UpRequest
    from stackctl.lifecycle.scene import Scene
    from stackctl.lifecycle.world import World


def overlay_of(world: World, scene: Scene, images: ImagePlan, moves: Mapping[str, int], request: UpRequest) -> Overlay:
    """Give the generated overlay: images, build arguments, moved ports, dependencies without what is left out."""
    ca = ca_bundle(world.shell) if images.ca_for else None
    return Overlay(
        images=images.images,
        build_args=images.build_args,
        ports=moved(scene.stack, moves),
        depends_on=without_dependencies(scene.stack, request),
        ca_for=images.ca_for if ca else (),
        ca_bundle=ca,
    )
