"""Lays templates over each other, as Compose does with its files, and orders what is made from what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stackctl.env.call import template_error, unknown_word
from stackctl.env.derive import sources_of
from stackctl.env.item import Item, Template, check_directives


def merge(templates: Sequence[Template]) -> Template:
    """Lay templates over each other, base first. A later one wins per key, and its place is kept.

    It wins with its default and with all that it says; what it is silent about (the description, a type) stays. Keys
    stand in the order of their first appearance. Raises ConfigError where a secret is derived from one that no template
    makes, or from itself.
    """
    items: dict[str, Item] = {}
    for template in templates:
        for item in template.items:
            earlier = items.get(item.key)
            items[item.key] = item if earlier is None else _over(earlier, item)
    merged = Template(tuple(items.values()), tuple(source for template in templates for source in template.sources))
    _check_secrets(merged)
    return merged


def _over(earlier: Item, later: Item) -> Item:
    silent = earlier.said - later.said
    kept: dict[str, object] = {name: getattr(earlier, name) for name in silent}
    item = replace(later, **kept, said=earlier.said | later.said)  # type: ignore[arg-type]
    check_directives(item.directives, item.default, item.place)
    return item


def _check_secrets(template: Template) -> None:
    by_file: dict[str, Item] = {}
    for item in template.items:
        if item.secret in by_file:
            other = by_file[item.secret]
            raise template_error(item.place, f"{item.key} and {other.key} have one file", "give each its own file=")
        if item.secret:
            by_file[item.secret] = item
    derivation_order(template)


def derivation_order(template: Template) -> tuple[Item, ...]:
    """Give the derived secrets, each after those it is made from.

    Raises ConfigError for a cycle and for a source that is no secret of the template.
    """
    secrets = template.secrets
    ordered: dict[str, Item] = {}

    def visit(item: Item, above: tuple[str, ...]) -> None:
        if item.secret in above:
            raise template_error(item.place, f"{item.key} is derived from itself", " ← ".join((*above, item.secret)))
        if item.secret in ordered or item.directives.derive is None:
            return
        for source in sources_of(item.directives.derive):
            if source not in secrets:
                raise unknown_word(item.place, "secret", source, tuple(secrets))
            visit(secrets[source], (*above, item.secret))
        ordered[item.secret] = item

    for item in secrets.values():
        visit(item, ())
    return tuple(ordered.values())
