"""What remains of this workspace's environments that no longer exist, and of helper containers.

A project belongs to this workspace when a container of it says so, or when `owner.json` in STACKCTL_HOME does: names
alone would claim a neighbour's volumes. Volumes of environments that exist stay after `down` on purpose.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.doctor.around import Neighbour, read_lines, read_neighbours
from stackctl.doctor.check import Scene, Seen
from stackctl.engine.helper import LABEL
from stackctl.engine.values import PROJECT_LABEL, EngineFacts
from stackctl.workspace.files import DiskFiles, Files
from stackctl.workspace.find import Place, environments, stacks
from stackctl.workspace.home import home
from stackctl.workspace.names import project_name
from stackctl.workspace.owner import recorded_owner

if TYPE_CHECKING:
    from stackctl.doctor.host import Host


@dataclass(frozen=True)
class Left:
    """Something left over: what it is, and the command that removes it."""

    what: str
    command: str


def leftovers(scene: Scene, _facts: EngineFacts) -> Seen:
    """Look for containers, networks and volumes that nothing here will ever use again."""
    found = _helpers(scene)
    if scene.place is not None:
        found += _of_workspace(scene, scene.place)
    if not found:
        return Seen("ok", "none")
    return Seen("warning", "; ".join(item.what for item in found), "; ".join(item.command for item in found))


def gone_projects(neighbours: Iterable[Neighbour], root: Path, host: Host) -> dict[str, str]:
    """Give project → the file or folder of this workspace that it was started from and that is missing.

    Files under `.stackctl/` do not count: they are made again.
    """
    gone: dict[str, str] = {}
    for item in neighbours:
        folder = Path(item.working_dir)
        if item.working_dir and (folder == root or root in folder.parents):
            sources = [folder, *(Path(path) for path in item.config_files)]
            lost = [path for path in sources if ".stackctl" not in path.parts and host.file(path) is None]
            if lost:
                gone.setdefault(item.project, str(lost[0]))
    return gone


def orphans(projects: Iterable[str], known: Collection[str]) -> list[str]:
    """Give the projects that are no environment of this workspace, nor an instance of one (`<project>-<instance>`)."""
    return sorted({name for name in projects if not any(name == base or name.startswith(f"{base}-") for base in known)})


def owned_projects(home_folder: Path, root: Path, files: Files) -> list[str]:
    """Give the projects for which STACKCTL_HOME remembers this folder as the owner."""
    projects = home_folder / "projects"
    return [name for name in files.names(projects) if recorded_owner(projects / name, files) == str(root)]


def _helpers(scene: Scene) -> list[Left]:
    """Helper containers that ended and were not removed. Jobs of a project have its label, and are no leftovers."""
    argv = ("ps", "-a", "--filter", f"label={LABEL}", "--filter", "status=exited", "--filter", "status=created")
    form = f'{{{{.Names}}}}\t{{{{.CreatedAt}}}}\t{{{{.Label "{PROJECT_LABEL}"}}}}'
    lines = read_lines(scene.engine, (*argv, "--filter", "status=dead", "--format", form))
    rows = [[*line.split("\t"), "", ""][:3] for line in lines]
    names = [name for name, made, project in rows if not project and _old(made, scene.host)]
    return [Left(f"helper containers: {', '.join(names)}", f"docker rm {' '.join(names)}")] if names else []


def _old(made: str, host: Host) -> bool:
    """Say whether a container is older than a minute: a younger helper is at work and may still be in `created`.

    The text is `2026-11-21 07:22:09 +0000 UTC`; one that cannot be read counts as old.
    """
    try:
        created = datetime.strptime(" ".join(made.split()[:3]), "%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        return True
    return host.now() - created > timedelta(minutes=1)


def _of_workspace(scene: Scene, place: Place) -> list[Left]:
    neighbours = read_neighbours(scene.engine)
    gone = gone_projects(neighbours, place.root, scene.host)
    found = [
        Left(f"project {name}: {lost} is missing", f"docker compose -p {shlex.quote(name)} down")
        for name, lost in sorted(gone.items())
    ]
    alive = {item.project for item in neighbours if item.project}
    owned = owned_projects(home(scene.shell), place.root, DiskFiles())
    known = _known_projects(place)
    found += _networks(scene, [name for name in {*owned, *known} if name not in alive])
    if not place.plain:
        found += _volumes(
            scene, [name for name in orphans([*owned, *gone], known) if name not in alive or name in gone]
        )
    return found


def _known_projects(place: Place) -> list[str]:
    if place.plain:
        return []
    return [
        project_name(place.root.name, stack, env, "")
        for stack in stacks(place.root)
        for env in environments(place, stack)
    ]


def _networks(scene: Scene, stopped: Sequence[str]) -> list[Left]:
    names = _labelled(scene, "network", stopped)
    return (
        [Left(f"networks without containers: {', '.join(names)}", f"docker network rm {' '.join(names)}")]
        if names
        else []
    )


def _volumes(scene: Scene, projects: Sequence[str]) -> list[Left]:
    names = _labelled(scene, "volume", projects)
    what = f"volumes of environments that no longer exist: {', '.join(names)}"
    return [Left(what, f"after a look, for good: docker volume rm {' '.join(names)}")] if names else []


def _labelled(scene: Scene, kind: str, projects: Sequence[str]) -> list[str]:
    if not projects:
        return []
    form = f'{{{{.Name}}}}\t{{{{.Label "{PROJECT_LABEL}"}}}}'
    rows = [line.split("\t") for line in read_lines(scene.engine, (kind, "ls", "--format", form))]
    return sorted(row[0] for row in rows if len(row) > 1 and row[1] in projects)
