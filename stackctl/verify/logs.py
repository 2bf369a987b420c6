"""The last lines of a service's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.verify.site import Site


def last_lines(site: Site, item: Container, count: int) -> list[str]:
    """Give the last lines of both streams, masked. Raises EngineError."""
    outcome = site.world.engine.run(("logs", "--tail", str(count), item.id), timeout=site.limit)
    return [*outcome.out.splitlines(), *outcome.err.splitlines()]
