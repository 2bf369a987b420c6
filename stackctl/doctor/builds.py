"""Builds: the context and the Dockerfile are there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.errors import Finding, Severity

if TYPE_CHECKING:
    from stackctl.doctor.ground import Ground
    from stackctl.stack.model import Service


def build_findings(ground: Ground) -> list[Finding]:
    """Give a finding for each service that could not be built; a warning where its image is there already."""
    findings = []
    for service in ground.starting():
        missing = _missing(ground, service)
        if missing:
            what, path = missing
            # Plain Compose starts it from the image that is there and never looks at the context.
            severity: Severity = "warning" if service.image in ground.images else "error"
            message = f"the {what} of {service.name} does not exist: {path}"
            findings.append(
                Finding(
                    "build-failed",
                    severity,
                    service.name,
                    message,
                    f"restore it, or correct `build:` of {service.name}",
                )
            )
    return findings


def _missing(ground: Ground, service: Service) -> tuple[str, Path] | None:
    raw = service.raw.get("build")
    written = str(raw.get("context", "")) if isinstance(raw, dict) else str(raw or "")
    if service.build is None or _remote(written):
        return None
    context = service.build.context
    facts = ground.file(context)
    if facts is None or facts.kind == "file":
        return "build folder", context
    if isinstance(raw, dict) and raw.get("dockerfile_inline"):
        return None
    dockerfile = context / service.build.dockerfile  # an absolute path replaces the context
    facts = ground.file(dockerfile)
    return ("Dockerfile", dockerfile) if facts is None or facts.kind == "directory" else None


def _remote(context: str) -> bool:
    return "://" in context or context.startswith(("git@", "github.com/"))
