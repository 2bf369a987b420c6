"""Which generated overlay a start needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.images.certificates import ca_bundle
from stackctl.lifecycle.ports import moved
from stackctl.lifecycle.select import without_dependencies
from stackctl.services.registry import driver_for
from stackctl.stack.overlay import Overlay, Page

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
        pages=_pages(plan),
        standins={**(rest.standins if rest else {}), **images.standins},
        depends_on=without_dependencies(plan.scene.stack, plan.request),
        ca_for=sorted(ca_for) if ca else (),
        ca_bundle=ca,
    )


def _pages(plan: UpPlan) -> dict[str, Page]:
    """Give the metrics pages that only local images have, where a Prometheus is there to read them."""
    services = plan.scene.stack.services
    if not any(driver_for(item.image, item.labels).name == "prometheus" for item in services.values()):
        return {}
    found: dict[str, Page] = {}
    for choice in (*plan.images.choices, *(plan.rest.choices if plan.rest else ())):
        service = services[choice.service]
        page = driver_for(service.image, service.labels).local_page
        if page and choice.kind == "local" and not choice.argument and service.networks:
            found[choice.service] = Page(page.alias, page.job, service.networks)
    return found
