"""A remote engine: it has no access to this machine's files, so nothing of them can be mounted there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.errors import Finding

if TYPE_CHECKING:
    from stackctl.doctor.ground import Ground

# Of the engine's own machine wherever it is: tools mount it to speak to Docker.
_ENGINE_SOCKETS = ("/var/run/docker.sock", "/run/docker.sock")


def remote_findings(ground: Ground) -> list[Finding]:
    """Give a finding for each bind mount and each secret or config file, where the engine is on another machine."""
    if ground.facts.local:
        return []
    where = ground.facts.host or f"context {ground.facts.context}"
    findings = []
    for service in ground.starting():
        for mount in service.mounts:
            if mount.kind == "bind" and mount.source not in _ENGINE_SOCKETS:
                what = f"{service.name} mounts {mount.source}"
                findings.append(_refusal(service.name, what, where, "bring it in the image, or use a named volume"))
        for kind, names, sources in (
            ("secret", service.secrets, ground.stack.secrets),
            ("config", service.configs, ground.stack.configs),
        ):
            for name in names:
                source = sources.get(name)
                if source is not None and source.file is not None:
                    what = f"{service.name} reads the {kind} {name} from a file"
                    findings.append(_refusal(service.name, what, where, f"give the {kind} by `environment:`"))
    return findings


def _refusal(service: str, what: str, where: str, hint: str) -> Finding:
    message = f"{what}, but the engine runs on another machine ({where}), which has no such file"
    return Finding(
        "remote-bind", "error", service, message, f"{hint}; or use a local engine: docker context use default"
    )
