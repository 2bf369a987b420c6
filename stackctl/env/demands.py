"""What Compose files demand (`${NAME:?}`) and no template mentions, as if a template did."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from stackctl.env.item import Item, Template
from stackctl.mask import is_sensitive

if TYPE_CHECKING:
    from stackctl.env.uses import Use


def demanded(template: Template, uses: Iterable[Use], shell: Collection[str]) -> Template:
    """Give the template with a required variable more for each that a Compose file demands, and required where it is.

    What the `shell` sets is not missing.
    """
    wanted = {use.key: use for use in uses if use.required and use.key not in shell}
    items = [replace(item, required=True) if item.key in wanted else item for item in template.items]
    known = {item.key for item in items}
    for key, use in wanted.items():
        if key not in known:
            item = Item(key, None, "compose", use.place, required=True, sensitive=is_sensitive(key))
            items.append(item)
    return Template(tuple(items), template.sources)
