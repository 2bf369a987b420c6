"""Giving services an empty store: what would be lost, and doing it. The volumes go, as `docker volume rm` has it.

Emptying a volume in place would be simpler and is no fresh volume: an image fills a new one from its own content, and
several databases refuse a folder in which anything is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stackctl.backup.quiet import act, bring_back, dependents_of
from stackctl.backup.subjects import driver_of
from stackctl.errors import BackupFailed, Misuse, Refused
from stackctl.workspace.find import check_services

if TYPE_CHECKING:
    from stackctl.backup.journal import Journal
    from stackctl.engine.values import Container
    from stackctl.lifecycle.scene import Scene
    from stackctl.lifecycle.world import World


@dataclass(frozen=True)
class ResetPlan:
    """The services, their volumes (name → size where it is known), who has those open, who waits meanwhile."""

    scene: Scene
    services: tuple[str, ...]
    volumes: Mapping[str, int | None]
    users: tuple[Container, ...]
    waiting: tuple[Container, ...]

    def steps(self, *, safety: bool, seeded: Sequence[str]) -> list[str]:
        """Give the plan as lines for people."""
        names = ", ".join(self.services)
        lines = [f"save {names} as they are now (safety copy, kept until you remove it)"] if safety else []
        if self.waiting:
            lines.append(f"stop {', '.join(dict.fromkeys(item.service for item in self.waiting))}")
        lines.append(f"remove the volumes {', '.join(self.volumes)}")
        lines.append(f"start {names} with fresh ones and wait until all is healthy")
        return lines + [f"fill {name} from its seed" for name in seeded]


def plan_reset(world: World, scene: Scene, asked: Sequence[str], envs: Sequence[str] = ()) -> ResetPlan:
    """Give the plan; no service means all that have a volume. Raises Misuse, Refused for what is not ours."""
    check_services(tuple(asked), list(scene.stack.services), list(envs))
    names = [name for name in scene.stack.services if not asked or name in asked]
    existing = set(world.engine.run(("volume", "ls", "--quiet")).out.split())
    volumes: dict[str, None] = {}
    services = []
    for name in names:
        own = _volumes(scene, name, asked=name in asked)
        services += [name] if set(own) & existing else []
        volumes |= dict.fromkeys(volume for volume in own if volume in existing)
    if not volumes:
        what = " and ".join(asked) or "the environment"
        raise Misuse(
            f"{what} has no volume: there is nothing to reset", "see: stackctl status", code="nothing-to-reset"
        )
    sizes = world.engine.volume_sizes(list(volumes))
    users = tuple(item for item in scene.containers if any(mount.source in volumes for mount in item.mounts))
    ids = {item.id for item in users}
    waiting = tuple(item for item in dependents_of(scene, services) if item.id not in ids)
    return ResetPlan(scene, tuple(services), {name: sizes.get(name) for name in volumes}, users, waiting)


def apply_reset(world: World, journal: Journal, plan: ResetPlan) -> None:
    """Remove the volumes, and the containers that have them open; what waits is stopped. Starting is up to the caller.

    Raises BackupFailed; a kill before the removal is undone by the next command, one within it is finished.
    """
    journal.write(operation="reset", phase="begun", stopped=[item.id for item in plan.waiting])
    try:
        for container in plan.waiting:
            act(world, "stop", container.id)
    except BaseException:
        bring_back(world, journal)
        journal.close()
        raise
    users = [item.id for item in plan.users]
    journal.write(phase="remove", containers=users, volumes=list(plan.volumes), stopped=[])
    finish_reset(world, journal.facts)
    journal.close()


def finish_reset(world: World, facts: Mapping[str, Any]) -> None:
    """Remove what the journal names; what is gone already is fine. Raises BackupFailed."""
    containers, volumes = list(facts.get("containers") or ()), list(facts.get("volumes") or ())
    for words in (("rm", "--force", "--volumes", *containers), ("volume", "rm", "--force", *volumes)):
        if len(words) > 3 or words[0] == "volume":
            outcome = world.engine.run(words)
            if outcome.code != 0 and "No such" not in outcome.err:
                raise BackupFailed(f"it cannot be removed: {outcome.err.strip()}", "see: stackctl status")


def _volumes(scene: Scene, name: str, *, asked: bool) -> list[str]:
    service = scene.stack.services[name]
    data = driver_of(scene, service).data
    found = []
    for mount in service.mounts:
        if mount.kind == "bind" and asked and mount.target.rstrip("/") in data:
            raise Refused(
                f"{name} keeps its data in a folder of yours, {mount.source}",
                "stackctl removes volumes only; empty the folder yourself",
                code="not-ours",
            )
        definition = scene.stack.volumes.get(mount.source) if mount.kind == "volume" else None
        if definition is None or mount.read_only:
            continue
        if definition.external:
            if asked:
                raise Refused(
                    f"the volume {definition.name} of {name} is external: not ours to remove", code="not-ours"
                )
            continue
        found.append(definition.name)
    return found
