"""What to say where no cause was found: that all stands, or that nothing runs and what a start would need first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackctl.health.evidence import Evidence


def quiet_line(evidence: Evidence) -> str:
    """Give one sentence about a stack without a verdict."""
    wanted = [service for service in evidence.services.values() if service.replicas]
    if not wanted or any(service.containers for service in wanted):
        return "nothing is wrong that can be seen"
    unbuilt = [service.name for service in wanted if service.built and service.image_facts is None]
    if unbuilt:
        # A failed build leaves nothing on the engine: neither a container nor a word.
        names = " ".join(unbuilt)
        missing = f"no container was made, and no image of {' and '.join(unbuilt)}"
        return f"{missing}; see it built: docker compose build {names}"
    return "nothing of it runs, and nothing stands in the way of a start that can be seen"
