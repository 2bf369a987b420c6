"""The lines of a service's log around a moment. Few of them: each passes the mask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackctl.engine.values import Container
    from stackctl.verify.site import Site

AROUND = timedelta(seconds=5)
MOST = 500


def lines_around(site: Site, item: Container, at: datetime) -> list[str]:
    """Give the lines of both streams from 5 s before a moment to 5 s after it, masked. Raises EngineError."""
    since, until = (moment.astimezone(UTC).isoformat() for moment in (at - AROUND, at + AROUND))
    return _lines(site, item, ("--since", since, "--until", until))


def last_lines(site: Site, item: Container, count: int) -> list[str]:
    """Give the last lines of both streams, masked. Raises EngineError."""
    return _lines(site, item, ("--tail", str(min(count, MOST))))


def _lines(site: Site, item: Container, words: tuple[str, ...]) -> list[str]:
    outcome = site.world.engine.run(("logs", *words, item.id), timeout=site.limit)
    return [*outcome.out.splitlines(), *outcome.err.splitlines()]
