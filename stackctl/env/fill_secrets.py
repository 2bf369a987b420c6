"""Decides which secrets are made. One that is there is never made again; a derived one follows its sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.env.derive import check_derive, derived, sources_of
from stackctl.env.fill_plan import NewSecret, SecretPlan, Surroundings, missing
from stackctl.env.layers import derivation_order

if TYPE_CHECKING:
    from stackctl.env.item import Item, Template
    from stackctl.errors import Finding


def plan_secrets(template: Template, around: Surroundings) -> SecretPlan:
    """Give the secrets to make, sources first. Raises ConfigError, with its place, for an unknown way to derive."""
    there = set(around.store.names())
    given: dict[str, str] = {}
    generate: list[NewSecret] = []
    lacks: list[Finding] = []
    empty: list[str] = []
    for name, item in template.secrets.items():
        if name in there or item.directives.derive:
            continue
        if value := around.values.get(item.key):
            given[name] = value
        elif item.directives.generate:
            generate.append(NewSecret(name, item.directives.generate))
        elif not item.required:
            empty.append(name)
        else:
            lacks.append(missing(item, f"write it into the file {name} in {around.secrets_dir}"))
    new = {*given, *(secret.name for secret in generate)}
    derive = _derived(template, there, new, around)
    return SecretPlan(given, tuple(generate), derive, tuple(empty), tuple(lacks))


def _derived(template: Template, there: set[str], new: set[str], around: Surroundings) -> tuple[NewSecret, ...]:
    derive: list[NewSecret] = []
    changed = set(new)
    for item in derivation_order(template):
        recipe = item.directives.derive
        if recipe is None:
            continue
        sources = set(sources_of(recipe))
        check_derive(recipe, item.place, around.derivers)
        if not sources <= there | changed:
            continue  # a source is missing and is reported as that
        if sources & changed or item.secret not in there or _stale(item, around):
            derive.append(NewSecret(item.secret, recipe))
            changed.add(item.secret)
    return tuple(derive)


def _stale(item: Item, around: Surroundings) -> bool:
    """Whether a derived secret is no longer what its sources give: found by making it again, so nothing is stored."""
    recipe = item.directives.derive
    if recipe is None:
        return False
    return derived(recipe, around.store.get, around.derivers) != around.store.get(item.secret)
