"""The order in which services start: dependencies first."""

from __future__ import annotations

from collections.abc import Collection
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackctl.stack.model import Stack


def start_order(stack: Stack) -> list[str]:
    """Give the services with dependencies before dependents, by name where that leaves a choice.

    Compose has refused cycles already; should one come through, the names alone decide.
    """
    graph = {name: sorted(set(service.depends_on) & set(stack.services)) for name, service in stack.services.items()}
    sorter = TopologicalSorter({name: graph[name] for name in sorted(graph)})
    try:
        sorter.prepare()
    except CycleError:
        return sorted(stack.services)
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += ready
        sorter.done(*ready)
    return order


def with_dependencies(stack: Stack, names: Collection[str]) -> set[str]:
    """Give these services and everything that they need."""
    needed: set[str] = set()
    waiting = [name for name in names if name in stack.services]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += [other for other in stack.services[name].depends_on if other in stack.services]
    return needed


def dependents(stack: Stack, names: Collection[str]) -> set[str]:
    """Give everything that needs one of these services, directly or not, without the services themselves."""
    found: set[str] = set()
    grew = True
    while grew:
        fresh = {
            name
            for name, service in stack.services.items()
            if name not in found and (set(service.depends_on) & (found | set(names)))
        }
        grew = bool(fresh - found)
        found |= fresh
    return found - set(names)
