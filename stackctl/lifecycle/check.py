"""Preflight of a start: what would make it fail, known before anything is changed."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.doctor.around import survey
from stackctl.doctor.features import engine_knows_start_interval, feature_findings, require
from stackctl.doctor.ground import Ground
from stackctl.doctor.known_features import known_features
from stackctl.doctor.preflight import failure, preflight
from stackctl.doctor.volumes import volume_findings
from stackctl.lifecycle.begin import digest_of
from stackctl.lifecycle.credentials import clashes, read_made
from stackctl.lifecycle.overlay import overlay_of
from stackctl.lifecycle.ports import Settle, settle_ports, with_ports
from stackctl.lifecycle.seat import planned_seat, reserved
from stackctl.workspace.home import home

if TYPE_CHECKING:
    from stackctl.doctor.around import Around
    from stackctl.lifecycle.plan import UpPlan
    from stackctl.lifecycle.world import World


def checked(world: World, plan: UpPlan) -> UpPlan:
    """Run preflight for what will be started, and settle taken ports. Raises what it finds as one error."""
    ahead = plan.scene.ahead
    with ThreadPoolExecutor(3) as pool:
        probed = pool.submit(known_features, world.engine, world.files, home(world.shell))
        asked = pool.submit(lambda: (ahead.facts() if ahead else None) or world.engine.facts())
        seen = pool.submit(lambda: survey(world.engine, plan.scene.stack, ahead.neighbours() if ahead else None))
        facts, features, around = asked.result(), probed.result(), seen.result()
    require(features, facts, plan.scene.stack)
    starting = {*plan.creates, *plan.recreates, *plan.starts, *plan.touched, *plan.builds}
    starting |= set(plan.selected) if plan.request.forces else set()
    check_credentials(world, plan, starting, around)
    request = plan.request
    seat = planned_seat(world, plan.asked, plan.env.ports)
    always = request.auto_ports or plan.scene.stack.settings.get("auto_ports") is True
    settle = Settle(world.host, always, request.ask_port, seat, reserved(world))
    moves = settle_ports(plan.scene.stack, sorted(starting), around.neighbours, plan.moves, settle)
    overlay = overlay_of(world, replace(plan, moves=moves))
    ground = Ground(
        stack=with_ports(plan.scene.stack, overlay.ports),
        services=starting,
        facts=facts,
        around=around,
        host=world.host,
        planned=plan.env.new_secret_files,
        images=frozenset(plan.images.present),
    )
    findings = [*feature_findings(features, facts, builds=bool(plan.builds or plan.images.builds)), *preflight(ground)]
    error = failure(findings)
    if error:
        raise error
    fast = features.start_interval and engine_knows_start_interval(facts)
    probes = plan.probes if fast else {}
    return replace(plan, moves=moves, overlay=overlay, probes=probes, facts=facts, findings=(*plan.findings, *findings))


def check_credentials(world: World, plan: UpPlan, starting: Collection[str], around: Around) -> None:
    """Raise Refused for a data volume that was made with another password than its service would get."""
    if plan.request.accept_credentials:
        return
    keyed = digest_of(world)
    made = read_made(world, plan.scene.target.project, keyed)
    created = {name: facts.created for name, facts in around.volumes.items()}
    found = clashes(plan.scene.stack, starting, made, created, keyed) if made else []
    if found:
        from stackctl.lifecycle.credential_choices import refused

        raise refused(plan.scene, plan.env.folder, found)


def check_volumes(world: World, plan: UpPlan) -> None:
    """Raise Refused for a volume whose definition has changed since it was made."""
    ground = Ground(
        stack=plan.scene.stack,
        services=plan.selected,
        facts=world.engine.facts(),
        around=survey(world.engine, plan.scene.stack),
        host=world.host,
    )
    error = failure(volume_findings(ground))
    if error:
        raise error
