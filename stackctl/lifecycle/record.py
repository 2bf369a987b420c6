"""Remembering what was applied, so that the next `up` knows what has changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.images.fills import record_fill
from stackctl.images.plan import new_fills
from stackctl.lifecycle.begin import digest_of, has_key, make_key
from stackctl.lifecycle.credentials import record_made
from stackctl.lifecycle.env_memo import remember
from stackctl.lifecycle.glance import remember as remember_glance
from stackctl.lifecycle.image_plan import fills_path
from stackctl.lifecycle.reasons import with_variables
from stackctl.lifecycle.state import Applied, load_applied, save_applied
from stackctl.lifecycle.up_plan import fingerprint, with_facts

if TYPE_CHECKING:
    from stackctl.lifecycle.plan import UpPlan
    from stackctl.lifecycle.world import World


def record_begun(world: World, plan: UpPlan) -> UpPlan:
    """Remember, before anything is started, what the containers to come are given: whatever becomes of the start.

    Gives the plan with what was remembered.
    """
    plan = with_variables(world, plan, digest_of(world))
    before = load_applied(world, plan.scene.target.project)
    pending = {**before.pending, **{name: plan.now[name] for name in plan.selected}}
    save_applied(world, plan.scene.target.project, replace(before, pending=pending))
    return plan


def record(world: World, plan: UpPlan) -> None:
    """Remember what runs and with what.

    The facts are those that were read before the start: a file edited while it started counts as changed next time.
    """
    plan = with_own_key(world, plan)
    keyed = digest_of(world)
    project, stack = plan.scene.target.project, plan.scene.stack
    before = load_applied(world, project)
    remember(world, plan.env, keyed)
    model = fingerprint(plan, keyed)
    remember_glance(world, plan)
    same = plan.unchanged and before.model == model and set(plan.selected) <= set(before.services)
    if same and not plan.request.accept_credentials:
        return
    record_made(world, plan, keyed)
    plan = with_variables(world, plan, keyed) if plan.unchanged else plan
    services = {name: item for name, item in before.services.items() if name in stack.services}
    for name in plan.selected:
        ids = tuple(sorted(container.id for container in plan.scene.of(name)))
        services[name] = replace(plan.now[name], containers=ids)
    pending = {name: item for name, item in before.pending.items() if name not in services}
    save_applied(world, project, Applied(model, services, pending))
    path = fills_path(world, project)
    record_fill(world.files, path, plan.images.question.fills, new_fills(plan.images))


def with_own_key(world: World, plan: UpPlan) -> UpPlan:
    """Give the plan with facts that are digested with the home's own key, which the first start makes."""
    if has_key(world):
        return plan
    make_key(world)
    return with_facts(world, plan, load_applied(world, plan.scene.target.project), digest_of(world))
