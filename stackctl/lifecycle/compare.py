"""What a start has to change, service by service: the model, the containers, and the record of the last start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from stackctl.health.judge import judge
from stackctl.images.inputs import Inputs, build_inputs, changed_inputs, changes_in_short, inputs_from
from stackctl.lifecycle.facts import ServiceFacts, changes
from stackctl.stack.model import built_name

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.images.plan import ImagePlan
    from stackctl.lifecycle.request import UpRequest
    from stackctl.lifecycle.scene import Scene
    from stackctl.lifecycle.state import Applied
    from stackctl.lifecycle.world import World
    from stackctl.stack.model import Service


DEFINITION = "its definition changed"


@dataclass
class Actions:
    """The reason by service for each kind of work."""

    builds: dict[str, str] = field(default_factory=dict)
    creates: dict[str, str] = field(default_factory=dict)
    recreates: dict[str, str] = field(default_factory=dict)
    starts: dict[str, str] = field(default_factory=dict)
    touched: dict[str, str] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Say whether there is any work."""
        return bool(self.builds or self.creates or self.recreates or self.starts or self.touched)


def read_inputs(world: World, service: Service, images: ImagePlan, applied: Applied) -> Inputs | None:
    """Give what a service's image would be built from now, None where that is in doubt."""
    if service.build is None:
        return None
    before = applied.services.get(service.name)
    args = {**service.build.args, **images.build_args.get(service.name, {})}
    final = replace(service, build=replace(service.build, args=args))
    ids = {name: image.id for name, image in images.present.items()}
    known = inputs_from(before.build) if before and before.build else None
    return build_inputs(final, int(world.clock.now().timestamp() * 1e9), known, ids)


def build_reason(
    service: Service, images: ImagePlan, request: UpRequest, before: ServiceFacts | None, now: Inputs | None
) -> str:
    """Say why a service's image must be built, empty where it need not."""
    if service.build is None or request.build is False:
        return ""
    if request.build:
        return "--build"
    if built_name(images.question.stack, service) not in images.present:
        return "its image is not here"
    if service.raw.get("pull_policy") == "build":
        return "the file says pull_policy: build"
    known = inputs_from(before.build) if before and before.build else None
    # Without a record the image is taken as it is, as Compose takes it: `up` after a plain start changes no container.
    return changes_in_short(changed_inputs(known, now)) if known and now else ""


def compare(
    scene: Scene,
    selected: tuple[str, ...],
    applied: Applied,
    now: Mapping[str, ServiceFacts],
    hashes: Mapping[str, str],
) -> Actions:
    """Give the work that containers need: created, recreated (with the reason), started; builds are not decided here.

    `hashes` are Compose's own digests of what would be started; empty where the record says that nothing has changed.
    """
    actions = Actions()
    for name in selected:
        service, containers = scene.stack.services[name], scene.of(name)
        if service.replicas == 0:
            continue
        if len(containers) < service.replicas:
            actions.creates[name] = "it is not there" if not containers else f"{service.replicas} wanted"
        elif len(containers) > service.replicas:
            actions.starts[name] = f"{len(containers)} run, {service.replicas} wanted"
        elif hashes and any(item.config_hash != hashes.get(name, item.config_hash) for item in containers):
            actions.recreates[name] = DEFINITION
        elif not all(_fine(scene, item) for item in containers):
            actions.starts[name] = _state(containers)
        before = applied.started_with(name, [item.id for item in containers])
        changed = changes(before, now[name]) if before and name not in actions.creates else []
        if changed and name in actions.recreates:
            actions.recreates[name] = ", ".join((actions.recreates[name], *changed))
        elif changed:
            actions.touched[name] = ", ".join(changed)
            actions.starts.pop(name, None)
    return actions


def ready_now(world: World, scene: Scene, selected: tuple[str, ...]) -> bool:
    """Say whether every selected service is ready or done at this moment."""
    moment = world.clock.now()
    return all(
        judge(name, scene.of(name), scene.stack.job(name), scene.stack.services[name].replicas, moment).state
        in ("ready", "done")
        for name in selected
    )


def _fine(scene: Scene, container: Container) -> bool:
    return container.running or (
        container.state == "exited" and container.exit_code == 0 and scene.stack.oneshot(container.service)
    )


def _state(containers: list[Container]) -> str:
    worst = next(item for item in containers if not item.running)
    return f"it is {worst.state}" + (f" with exit code {worst.exit_code}" if worst.state == "exited" else "")
