"""Decide what `up` does. Nothing is changed here; errors that preflight finds end it before anything is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.errors import Finding
from stackctl.lifecycle.begin import begin, digest_of
from stackctl.lifecycle.compare import DEFINITION, Actions, build_reason, compare, read_inputs, ready_now
from stackctl.lifecycle.facts import model_digest, service_facts
from stackctl.lifecycle.gate import check_new_secrets
from stackctl.lifecycle.image_plan import decide_images, volume_names
from stackctl.lifecycle.overlay import overlay_of
from stackctl.lifecycle.owner import check_owner
from stackctl.lifecycle.plan import UpPlan
from stackctl.lifecycle.ports import ON_LOOPBACK, remembered, seated
from stackctl.lifecycle.probes import Settled, last_probes, settle_probes
from stackctl.lifecycle.scene import Scene, shadowed
from stackctl.lifecycle.seat import planned_seat
from stackctl.lifecycle.secrecy import learn_stack
from stackctl.lifecycle.select import partial, selected, with_named_profiles
from stackctl.lifecycle.stamps import stamps_of
from stackctl.lifecycle.state import Applied, load_applied
from stackctl.lifecycle.variable_facts import values_of
from stackctl.stack.model import built_name
from stackctl.stack.overlay import Overlay, render
from stackctl.stack.probe_overlay import render_probes

if TYPE_CHECKING:
    from stackctl.images.plan import ImagePlan
    from stackctl.lifecycle.begin import Begun
    from stackctl.lifecycle.env_plan import EnvPlan
    from stackctl.lifecycle.request import UpRequest
    from stackctl.lifecycle.world import World
    from stackctl.secrets.digest import Digest
    from stackctl.stack.model import Stack
    from stackctl.workspace.target import Target


def plan_up(
    world: World, target: Target, request: UpRequest, known_envs: Sequence[str] = (), begun: Begun | None = None
) -> UpPlan:
    """Give the plan of a start; `begun` is a look that `begin` has begun.

    Raises ConfigError (model, variables), Misuse (names), EngineError, Refused (data or a project of somebody else),
    and StartError for what preflight finds: a taken port, a missing file, a full disk.
    """
    keyed = digest_of(world)
    begun = begun or begin(world, target)
    env = begun.env
    looking = with_named_profiles(world, begun.looking, request, list(known_envs), env.variables)
    scene = looking.scene()
    learn_stack(world, scene.stack)
    check_owner(world, target, scene.containers)
    if env.generated:
        check_new_secrets(scene, env, volume_names(world, scene))
    names = selected(scene.stack, request)
    images, rest = decide_images(world, target, scene, names, request.images)
    known = {} if request.reset_ports else remembered(world, target.project)
    moves = seated(scene.stack, known, planned_seat(world, target, env.ports))
    if request.scratch or ON_LOOPBACK in known:
        moves[ON_LOOPBACK] = 1
    applied = load_applied(world, target.project)
    plan = UpPlan(target, request, scene, names, env, images, rest, Overlay(), moves)
    plan = replace(plan, overlay=overlay_of(world, plan), findings=_notices(world, scene, images))
    plan = with_facts(world, plan, applied, keyed)
    settled = _probes(world, plan, applied, keyed)
    plan = replace(plan, probes=settled.checks, stamps=stamps_of(plan))
    actions = _actions(plan, applied, settled.hashes)
    _name_variables(world, plan, applied, actions, keyed)
    images = images.settled([name for name in names if name not in actions.builds])
    plan = replace(plan, images=images)
    forced = request.forces or (request.remove_orphans and orphans_of(scene))
    if not actions.any and not forced and env.empty and images.ready and ready_now(world, scene, names):
        if applied.model != fingerprint(plan, keyed):
            check_volumes(world, plan)
        return replace(plan, unchanged=True)
    plan = replace(
        plan,
        builds=actions.builds,
        creates=actions.creates,
        recreates=actions.recreates,
        starts=actions.starts,
        touched=actions.touched,
    )
    return checked(world, plan)


def checked(world: World, plan: UpPlan) -> UpPlan:
    """Run preflight. It is half of what an unchanged `up` would have to import."""
    from stackctl.lifecycle.check import checked as check

    return check(world, plan)


def check_volumes(world: World, plan: UpPlan) -> None:
    """Raise Refused for a changed volume definition: Compose's hashes do not know of it, and it would lose the data."""
    from stackctl.lifecycle.check import check_volumes as check

    check(world, plan)


def fingerprint(plan: UpPlan, keyed: Digest) -> str:
    """Give the digest of the model that the plan starts, the generated overlays included."""
    words = repr((plan.request.services, plan.request.without)) if partial(plan.scene.stack, plan.selected) else ""
    return model_digest(plan.scene.stack, render(plan.overlay) + render_probes(plan.probes) + words, keyed)


def _probes(world: World, plan: UpPlan, applied: Applied, keyed: Digest) -> Settled:
    """Settle the fast probes; Compose is asked where the model or a container is not that of the record."""
    last = last_probes(world, plan)
    known = {key for facts in applied.services.values() for key in facts.containers}
    # A container that somebody else made may carry the other variant: its hash must be looked at.
    ours = all(item.id in known for item in plan.scene.containers if item.service in plan.scene.stack.services)
    same = ours and applied.model == fingerprint(replace(plan, probes=last), keyed)
    return settle_probes(world, plan, last, same)


def _actions(plan: UpPlan, applied: Applied, hashes: Mapping[str, str]) -> Actions:
    actions = compare(plan.scene, plan.selected, applied, plan.now, hashes)
    for name, secrets in remade(plan.scene.stack, plan.env).items():
        if plan.scene.of(name) and name in plan.selected and name not in (*actions.creates, *actions.recreates):
            words = [f"secret {secret} changed" for secret in secrets]
            told = [word for word in words if word not in actions.touched.get(name, "")]
            actions.touched[name] = ", ".join(filter(None, (actions.touched.get(name, ""), *told)))
            actions.starts.pop(name, None)
    for name in plan.selected:
        service = plan.scene.stack.services[name]
        inputs = plan.now[name].inputs
        why = build_reason(service, plan.images, plan.request, applied.services.get(name), inputs)
        if why:
            actions.builds[name] = why
        elif name not in actions.creates and _newer_image(plan, name):
            actions.recreates.setdefault(name, "its image changed")
        elif name not in actions.creates and _pending_image(plan, name):
            actions.recreates.setdefault(name, "its image will be new")
    return actions


def remade(stack: Stack, env: EnvPlan) -> dict[str, list[str]]:
    """Give, by service, the secrets that this very start makes again: a derived one when its source has changed.

    What stands in their files now says nothing about it; and after the start the record would know the new content
    alone, so that a container with the old one would never be seen.
    """
    files = {name: source.file for name, source in stack.secrets.items() if source.file in env.new_secret_files}
    found = {name: [key for key in service.secrets if key in files] for name, service in stack.services.items()}
    return {name: keys for name, keys in found.items() if keys}


def _name_variables(world: World, plan: UpPlan, applied: Applied, actions: Actions, keyed: Digest) -> None:
    """Say which variables are why a definition changed, instead of that it did."""
    redefined = [name for name, why in actions.recreates.items() if why.startswith(DEFINITION)]
    if redefined:
        from stackctl.lifecycle.reasons import changed_variables  # reads templates and YAML

        for name, names in changed_variables(world, plan, applied, redefined, keyed).items():
            actions.recreates[name] = actions.recreates[name].replace(DEFINITION, names, 1)


def with_facts(world: World, plan: UpPlan, applied: Applied, keyed: Digest) -> UpPlan:
    """Give the plan with what each service would be started with: files, secrets, build inputs, as they are now."""
    found = {}
    values = values_of(world, plan.env.target, plan.env.variables)
    for name in plan.selected:
        service = plan.scene.stack.services[name]
        ids = [container.id for container in plan.scene.of(name)]
        facts = service_facts(plan.scene.stack, service, ids, keyed, values)
        found[name] = replace(facts, inputs=read_inputs(world, service, plan.images, applied))
    return replace(plan, now=found)


def _newer_image(plan: UpPlan, name: str) -> bool:
    service = plan.scene.stack.services[name]
    used = plan.images.images.get(name) or built_name(plan.scene.stack, service)
    image = plan.images.present.get(used)
    return image is not None and any(item.image_id != image.id for item in plan.scene.of(name))


def _pending_image(plan: UpPlan, name: str) -> bool:
    return any(item.service == name and not item.argument and item.action != "none" for item in plan.images.choices)


def _notices(world: World, scene: Scene, images: ImagePlan) -> list[Finding]:
    keys = _keys(world, scene.target)
    found = shadowed(world, scene.target, keys)
    orphans = orphans_of(scene)
    if orphans:
        found.append(
            Finding(
                "orphans",
                "warning",
                scene.stack.name,
                f"containers of services that the files no longer have: {', '.join(orphans)}",
                "remove them: stackctl up --remove-orphans",
            )
        )
    return found + [Finding("image-replaced", "info", scene.stack.name, text) for text in images.notes]


def orphans_of(scene: Scene) -> list[str]:
    """Give the services that have containers and are no longer in the files."""
    return sorted({item.service for item in scene.containers} - set(scene.stack.services))


def _keys(world: World, target: Target) -> list[str]:
    from stackctl.env.grammar import parse

    keys: set[str] = set()
    for path in target.env_files:
        data = world.files.read(path)
        if data is not None:
            keys |= set(parse(data, path.name).keys)
    return sorted(keys)
