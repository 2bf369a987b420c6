"""Free space where the engine keeps images, containers and volumes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.doctor.ground import in_vm
from stackctl.errors import Finding

if TYPE_CHECKING:
    from stackctl.doctor.host import Host
    from stackctl.engine.values import EngineFacts

FULL_BYTES = 500 * 10**6
LOW_BYTES = 2 * 10**9
CLEAN_UP = "see what can go: docker system df; then: docker builder prune"


def engine_free_bytes(facts: EngineFacts, host: Host) -> int | None:
    """Give the free space at the engine's root folder; None where it lies on another machine or in a virtual one."""
    if not facts.local or in_vm(facts) or not facts.root_dir:
        return None
    return host.free_bytes(Path(facts.root_dir))


def space_findings(facts: EngineFacts, host: Host) -> list[Finding]:
    """Give an error below 500 MB, a warning below 2 GB."""
    free = engine_free_bytes(facts, host)
    if free is None or free >= LOW_BYTES:
        return []
    message = f"only {gigabytes(free)} are free at {facts.root_dir}, where Docker keeps images and volumes"
    return [Finding("disk-full", "error" if free < FULL_BYTES else "warning", "disk", message, CLEAN_UP)]


def gigabytes(size: int) -> str:
    """Give a size for people: `640 MB`, `1.5 GB`."""
    return f"{size / 1e9:.1f} GB" if size >= 10**9 else f"{size / 1e6:.0f} MB"
