"""What the engine and its plugins say about themselves, read into EngineFacts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stackctl.engine.complaints import engine_error
from stackctl.engine.values import EngineFacts
from stackctl.errors import EngineError

if TYPE_CHECKING:
    from stackctl.engine.run import Outcome


@dataclass(frozen=True)
class Said:
    """The four answers: `docker info`, `docker version`, `docker compose version`, `docker buildx version`."""

    info: Mapping[str, Any]
    version: Mapping[str, Any]
    compose: Outcome
    buildx: Outcome


def engine_facts(said: Said, context: str, host: str) -> EngineFacts:
    """Read the answers. Raises EngineError where the client answered and the engine did not."""
    info, server = said.info, said.version.get("Server")
    errors = info.get("ServerErrors") or []
    if errors or not server:
        text = "; ".join(errors) or "Cannot connect to the Docker daemon"
        raise engine_error(text) or EngineError(f"the Docker engine does not answer: {text}")
    registries = info.get("RegistryConfig") or {}
    buildx = said.buildx.out.split()
    return EngineFacts(
        version=str(server.get("Version", "")),
        api=str(server.get("ApiVersion", "")),
        compose=said.compose.out.strip() if said.compose.code == 0 else "",
        buildx=buildx[1] if said.buildx.code == 0 and len(buildx) > 1 else "",
        context=context,
        host=host,
        os=str(info.get("OperatingSystem", "")),
        root_dir=str(info.get("DockerRootDir", "")),
        cpus=int(info.get("NCPU") or 0),
        memory=int(info.get("MemTotal") or 0),
        cgroup=f"v{info.get('CgroupVersion', '?')}",
        storage=str(info.get("Driver", "")),
        rootless=any("rootless" in str(option) for option in info.get("SecurityOptions") or ()),
        proxies=bool(info.get("HttpProxy") or info.get("HttpsProxy")),
        mirrors=tuple(registries.get("Mirrors") or ()),
        name=str(info.get("Name", "")),
    )
