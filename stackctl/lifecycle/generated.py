"""The generated Compose files of a project, written to `.stackctl/<project>/`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.lifecycle.scene import OVERLAY, PROBES, generated_files
from stackctl.stack.overlay import render
from stackctl.stack.probe_overlay import render_probes
from stackctl.workspace.home import scratch

if TYPE_CHECKING:
    from stackctl.lifecycle.plan import UpPlan
    from stackctl.lifecycle.world import World
    from stackctl.workspace.target import Target


def write_generated(world: World, plan: UpPlan) -> Target:
    """Write the overlays of a plan, remove those it does not need, and give the target with them as last layers.

    An unchanged `up` does it too: a user may have replaced the containers by hand, and the line that `compose --print`
    shows must keep fitting them.
    """
    target = plan.scene.target
    folder = scratch(target.root, target.project)
    texts = {OVERLAY: "" if plan.overlay.empty else render(plan.overlay), PROBES: render_probes(plan.probes)}
    for name, text in texts.items():
        if not text:
            world.files.remove(folder / name)
        elif world.files.read(folder / name) != text.encode():
            scratch(target.root, target.project, world.files)
            world.files.write(folder / name, text.encode(), 0o644)
    return target.with_overlays(*generated_files(folder))
