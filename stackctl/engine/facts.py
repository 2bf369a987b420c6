"""What the engine and its plugins say about themselves, read into EngineFacts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stackctl.engine.complaints import engine_error
from stackctl.engine.values import EngineFacts
from stackctl.errors import EngineError

if TYPE_CHECKING:
    from stackctl.engine.address import EngineAddress


@dataclass(frozen=True)
class Said:
    """The two answers: `docker info`, which names the client's plugins too, and `docker version`."""

    info: Mapping[str, Any]
    version: Mapping[str, Any]


def engine_facts(said: Said, address: EngineAddress) -> EngineFacts:
    """Read the answers. Raises EngineError where the client answered and the engine did not."""
    info, server = said.info, said.version.get("Server")
    errors = info.get("ServerErrors") or []
    if errors or not server:
        text = "; ".join(errors) or "Cannot connect to the Docker daemon"
        raise engine_error(text) or EngineError(f"the Docker engine does not answer: {text}")
    registries = info.get("RegistryConfig") or {}
    # Asking `docker compose version` and `docker buildx version` would start four more processes of 30 ms each.
    plugins = {str(item.get("Name")): item for item in (info.get("ClientInfo") or {}).get("Plugins") or ()}
    return EngineFacts(
        version=str(server.get("Version", "")),
        api=str(server.get("ApiVersion", "")),
        compose=_version(plugins.get("compose")),
        buildx=_version(plugins.get("buildx")),
        address=address,
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


def _version(plugin: Mapping[str, Any] | None) -> str:
    """Give a plugin's version, empty for one that is missing or does not run."""
    return "" if plugin is None or plugin.get("Err") else str(plugin.get("Version") or "")
