"""Which fast probes a start uses. They never recreate a container.

A health check is part of Compose's hash of a service, so a fast probe added to a running service (or taken away from
it) would make Compose replace the container. So each service that has containers keeps the variant whose hash stands
on them, and only what is to be created gets the fast one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.errors import ConfigError
from stackctl.health.fast_probes import fast_checks
from stackctl.lifecycle.scene import OVERLAY, PROBES, compose_of
from stackctl.stack.overlay import render
from stackctl.stack.probe_overlay import FastCheck, parse_probes, render_probes
from stackctl.workspace.home import scratch

if TYPE_CHECKING:
    from stackctl.lifecycle.plan import UpPlan
    from stackctl.lifecycle.world import World

Checks = Mapping[str, FastCheck]


@dataclass(frozen=True)
class Settled:
    """The fast probes of a start, and Compose's hash of each service with them; empty where nobody had to ask."""

    checks: Checks
    hashes: Mapping[str, str]


def last_probes(world: World, plan: UpPlan) -> dict[str, FastCheck]:
    """Give the fast probes that the last start wrote."""
    target = plan.scene.target
    data = world.files.read(scratch(target.root, target.project) / PROBES) or b""
    found = parse_probes(data.decode("utf-8", "replace"))
    return {name: check for name, check in found.items() if name in plan.scene.stack.services}


def settle_probes(world: World, plan: UpPlan, last: Checks, same: bool) -> Settled:
    """Give the fast probes for a plan; `same` says that the record knows every container and the model."""
    possible = _possible(plan)
    wanted = possible if plan.request.fast_probes else {}
    there = {item.service for item in plan.scene.containers}
    fresh = {name: check for name, check in wanted.items() if name not in there}
    if same or not there:
        return Settled({**{name: check for name, check in last.items() if name in there}, **fresh}, {})
    variants: tuple[Checks, ...] = ({}, possible, last)
    asked = _hashes(world, plan, [item for item in variants if item or item is variants[0]])
    plain = asked[0][1]
    checks, hashes = dict(fresh), dict(plain)
    for name in plan.scene.stack.services:
        if name not in there:
            continue
        labels = {item.config_hash for item in plan.scene.of(name)}
        fits = next(((variant, found) for variant, found in asked if found.get(name) in labels), None)
        # What fits neither will be replaced anyway, unless the labels say nothing.
        variant, found = fits or ((wanted, asked[1][1]) if len(asked) > 1 and name in wanted else asked[0])
        hashes[name] = found.get(name, "")
        if name in variant:
            checks[name] = variant[name]
    return Settled(checks, {name: digest for name, digest in hashes.items() if digest})


def _possible(plan: UpPlan) -> dict[str, FastCheck]:
    images = {**(plan.rest.images if plan.rest else {}), **plan.images.images}
    return fast_checks(plan.scene.stack, images, plan.images.question.fills)


def _hashes(world: World, plan: UpPlan, variants: list[Checks]) -> list[tuple[Checks, Mapping[str, str]]]:
    """Ask Compose for the hashes of each variant; one that this Compose does not understand is left out."""
    with tempfile.TemporaryDirectory(prefix="stackctl-") as folder, ThreadPoolExecutor(len(variants)) as pool:
        asked = [
            pool.submit(_one, world, plan, Path(folder) / str(number), checks) for number, checks in enumerate(variants)
        ]
        found: list[tuple[Checks, Mapping[str, str]]] = [(variants[0], asked[0].result())]
        for checks, answer in zip(variants[1:], asked[1:], strict=True):
            try:
                found.append((checks, answer.result()))
            except ConfigError:
                continue  # an old Compose: without the fast probes it has read these very files
        return found


def _one(world: World, plan: UpPlan, folder: Path, checks: Checks) -> Mapping[str, str]:
    """Ask with the overlays that would be written; in a folder that is gone again after."""
    folder.mkdir()
    paths = []
    for name, text in ((OVERLAY, "" if plan.overlay.empty else render(plan.overlay)), (PROBES, render_probes(checks))):
        if text:
            (folder / name).write_text(text, "utf-8")
            paths.append(folder / name)
    if not paths:
        return world.engine.hashes(plan.scene.compose)
    return world.engine.hashes(compose_of(world, plan.scene.target.with_overlays(*paths), plan.env.variables))
