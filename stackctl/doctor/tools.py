"""The docker command line: which engine it speaks to, Compose, buildx."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stackctl.doctor.check import Scene, Seen
from stackctl.doctor.features import INSTALL_BUILDX, INSTALL_COMPOSE, probe_features
from stackctl.engine.address import SYSTEM_SOCKETS
from stackctl.errors import EngineError

if TYPE_CHECKING:
    from stackctl.engine.values import EngineFacts

SECONDS = 20.0


def context(_scene: Scene, facts: EngineFacts) -> Seen:
    """Name the engine that is spoken to, and how it was chosen, where it is not the default one."""
    remote = "" if facts.local else "; it is on another machine: bind mounts and file secrets cannot be used"
    if facts.context not in ("", "default"):
        chosen = f"the context {facts.context}{remote}"
    elif facts.host and facts.host not in SYSTEM_SOCKETS:
        chosen = f"DOCKER_HOST={facts.host}{remote}"
    else:
        return Seen("ok", "default")
    return Seen("ok" if facts.local else "warning", chosen, "" if facts.local else "docker context use default")


def chosen(shell: Mapping[str, str]) -> str:
    """Give how the shell chose another engine than the default one, or nothing. It asks nobody."""
    if shell.get("DOCKER_HOST"):
        return f"DOCKER_HOST={shell['DOCKER_HOST']}"
    context = shell.get("DOCKER_CONTEXT", "")
    return f"DOCKER_CONTEXT={context}" if context not in ("", "default") else ""


def compose(scene: Scene) -> Seen:
    """Look at what Compose can do. It needs no running engine."""
    try:
        found = probe_features(scene.engine)
    except EngineError as error:
        return Seen("skipped", error.message)
    if not found.compose:
        return Seen("error", "Docker has no Compose plugin", INSTALL_COMPOSE)
    version = _first_line(scene, ("compose", "version", "--short"))
    if not found.config_json:
        return Seen("error", f"Compose {version} cannot print its model as JSON: {found.problem}", INSTALL_COMPOSE)
    lacking = [
        name for name, known in (("!override", found.override), ("start_interval", found.start_interval)) if not known
    ]
    if lacking:
        return Seen("warning", f"Compose {version} does not know {' and '.join(lacking)}", INSTALL_COMPOSE)
    return Seen("ok", f"Compose {version}")


def buildx(scene: Scene) -> Seen:
    """Look for buildx. It needs no running engine."""
    try:
        words = _first_line(scene, ("buildx", "version")).split()
    except EngineError as error:
        return Seen("skipped", error.message)
    if len(words) < 2:
        return Seen("warning", "Docker has no buildx, which builds images", INSTALL_BUILDX)
    return Seen("ok", f"buildx {words[1]}")


def _first_line(scene: Scene, argv: tuple[str, ...]) -> str:
    outcome = scene.engine.run(argv, timeout=SECONDS)
    lines = outcome.out.strip().splitlines() if outcome.code == 0 else []
    return lines[0] if lines else ""
