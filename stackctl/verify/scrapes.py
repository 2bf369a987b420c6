"""How often Prometheus has read its targets since a moment: what is missing after that is believed to be missing.

Counted and not timed: a busy machine scrapes late, and another stack every minute.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from stackctl.stack.durations import seconds_of
from stackctl.verify.prometheus_api import base

if TYPE_CHECKING:
    from stackctl.verify.site import Site

# The reading that goes on now may have begun before: what is there now is surely seen by the second.
FOR_FIGURES = 2
NOT_READ = "Prometheus has not read every target again yet: give it more time with --timeout"


def targets_of(site: Site) -> list[dict[str, Any]]:
    """Give the active targets as Prometheus tells them. Raises OSError."""
    return list(site.json(f"{base(site)}/api/v1/targets?state=active")["data"]["activeTargets"])


def interval(target: Mapping[str, Any]) -> float:
    """Give the seconds between two readings of a target, Prometheus' own minute where it does not tell them."""
    return seconds_of(target.get("scrapeInterval"), 60.0)


def scraped(site: Site, times: int) -> Callable[[], bool]:
    """Give a question: has every target been read so often since now? It must be asked more often than that."""
    seen: dict[str, set[str]] = {}

    def enough() -> bool:
        there = {str(item["scrapeUrl"]): str(item.get("lastScrape")) for item in targets_of(site)}
        for url, moment in there.items():
            seen.setdefault(url, set()).add(moment)
        # The first that was seen is of before. Right after its start Prometheus has no targets at all.
        return bool(there) and all(len(seen[url]) > times for url in there)

    enough()
    return enough
