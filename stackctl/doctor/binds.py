"""Bind mounts: does the source exist, and is it of the kind that its target needs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from stackctl.errors import Finding
from stackctl.services.registry import driver_for

if TYPE_CHECKING:
    from stackctl.doctor.ground import Ground
    from stackctl.stack.model import Mount, Service

# `conf.d` and `.git` are folders; `app.sock` and `prometheus.yml` are files.
_FILE_NAME = re.compile(
    r".\.(?!d$)[A-Za-z][A-Za-z0-9_-]{0,9}$|^(?:\.env|Caddyfile|Dockerfile|Makefile|Procfile|hosts|passwd)$"
)
_SETTINGS = re.compile(
    r".\.(?:ya?ml|json|toml|ini|conf|cfg|cnf|env|properties|xml|sql|sh|js|py|pem|crt|cert|key|sock|txt|acl|rules|tpl)$"
)


def bind_findings(ground: Ground) -> list[Finding]:
    """Give a finding for each bind mount that would fail, or that Docker would fill with an empty folder."""
    findings = []
    for service in ground.starting():
        for mount in service.mounts:
            if mount.kind == "bind" and mount.source:
                finding = _check(ground, service, mount)
                findings += [finding] if finding else []
    return findings


def looks_like_file(path: str) -> bool:
    """Say whether a path is named like a file. A trailing slash is a folder."""
    return not path.endswith("/") and bool(_FILE_NAME.search(PurePosixPath(path).name))


def _check(ground: Ground, service: Service, mount: Mount) -> Finding | None:
    facts = ground.file(Path(mount.source))
    if facts is None:
        return _missing(service.name, mount)
    data = driver_for(service.image, service.labels).data
    if facts.kind == "file" and (mount.target.rstrip("/") in data or mount.target.endswith("/")):
        return Finding(
            "mount-type-mismatch",
            "error",
            service.name,
            f"{service.name} mounts the file {mount.source} on {mount.target}, which is a folder",
            "mount a folder there, or correct the target",
        )
    if facts.kind == "directory" and _SETTINGS.search(PurePosixPath(mount.target).name):
        return Finding(
            "mount-type-mismatch",
            "error" if facts.empty else "warning",
            service.name,
            f"{service.name} mounts the folder {mount.source} on {mount.target}, which is named like a file",
            # What is left behind by an earlier start on a missing file; Compose never repairs it.
            f"Docker made it when the file was missing: rmdir {shlex.quote(mount.source)}, then put the file there"
            if facts.empty
            else "mount the file in it, or name the target like a folder",
        )
    return None


def _missing(service: str, mount: Mount) -> Finding:
    """A source that is not there: Docker refuses it, or makes an empty folder, which no file target survives."""
    source = shlex.quote(mount.source)
    file_like = looks_like_file(mount.source) or looks_like_file(mount.target)
    if not mount.create_host_path:
        why, severity = "Docker refuses to start with it", "error"
    elif file_like:
        why, severity = "Docker would make an empty folder of that name", "error"
    else:
        why, severity = "Docker will make an empty folder that belongs to root", "warning"
    return Finding(
        "bind-source-missing",
        "error" if severity == "error" else "warning",
        service,
        f"{mount.source}, which {service} mounts on {mount.target}, does not exist; {why}",
        "restore the file, or correct the path" if file_like else f"make it: mkdir -p {source}",
    )
