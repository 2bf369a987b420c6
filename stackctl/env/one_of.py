"""Groups of variables of which at least one should have a value: keys of services that do the same work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from stackctl.errors import Finding

if TYPE_CHECKING:
    from stackctl.env.fill_plan import Surroundings
    from stackctl.env.item import Item, Template


def groups(template: Template) -> dict[str, list[Item]]:
    """Give the variables of each group, by the word behind `one-of=`."""
    found: dict[str, list[Item]] = {}
    for item in template.items:
        if item.directives.one_of:
            found.setdefault(item.directives.one_of, []).append(item)
    return found


def lonely(template: Template, has_value: Callable[[Item], bool]) -> Mapping[str, list[Item]]:
    """Give the groups of which no variable has a value."""
    return {name: items for name, items in groups(template).items() if not any(map(has_value, items))}


def lonely_groups(template: Template, around: Surroundings) -> tuple[Finding, ...]:
    """Give a warning for each group of which nothing is given: the stack starts, and cannot do that work."""

    def has_value(item: Item) -> bool:
        return bool(around.values.get(item.key) or (item.secret and around.store.get(item.secret)))

    return tuple(
        Finding("none-of-group", "warning", name, said(name, items), way_out(items))
        for name, items in lonely(template, has_value).items()
    )


def said(name: str, items: list[Item]) -> str:
    """Give the sentence."""
    return f"none of the {name} has a value: {', '.join(item.key for item in items)}"


def way_out(items: list[Item]) -> str:
    """Give how to set one."""
    first = items[0]
    return f"stackctl secrets set {first.secret}" if first.secret else f"stackctl env set {first.key}=…"
