"""Who needs whom, over evidence."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackctl.health.evidence import Evidence, ServiceEvidence


def below(evidence: Evidence, name: str) -> list[str]:
    """Give everything that a service needs, the nearest first; a cycle ends by itself."""
    found: list[str] = []
    waiting = [name]
    while waiting:
        service = evidence.services.get(waiting.pop(0))
        for other in sorted(service.depends_on) if service else ():
            if other not in found and other != name and other in evidence.services:
                found.append(other)
                waiting.append(other)
    return found


def depth(evidence: Evidence, name: str) -> int:
    """Give how many services a service needs: the fewer, the earlier it starts."""
    return len(below(evidence, name))


def names_of(evidence: Evidence, names: Collection[str]) -> tuple[str, ...]:
    """Give names in the order in which they start."""
    return tuple(sorted(names, key=lambda name: (depth(evidence, name), name)))


def never_ran(service: ServiceEvidence) -> bool:
    """Say whether no process of a service has run yet."""
    return not any(item.started for item in service.containers)


def mentions(service: ServiceEvidence, other: str) -> bool:
    """Say whether a service's last words name another service."""
    word = re.compile(rf"(?<![\w-]){re.escape(other)}(?![\w-])")
    texts = [line.text for item in service.containers for line in item.logs]
    texts += [run.output for item in service.containers for run in item.probes]
    return any(word.search(text) for text in texts)
