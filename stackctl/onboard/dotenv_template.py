"""A template of `.env`: which variables there are, for whom, and what kind of value each has; never a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackctl.env.check import SURROUNDINGS
from stackctl.mask import is_sensitive

if TYPE_CHECKING:
    from stackctl.env.uses import ComposeUses

_HEAD = """\
# Which variables .env has, without their values. `stackctl env init` makes a .env of it, `env check` compares them.
# @defaultRequired=false
# ----------------------------------------------------------------------------
"""
# What Compose itself reads from `.env`: with an empty value it would load other files, or none.
COMPOSE_OWN = "COMPOSE_"


@dataclass
class _Variable:
    services: set[str] = field(default_factory=set)
    required: bool = False
    optional: bool = True


def template_of(values: Mapping[str, str], found: Iterable[ComposeUses]) -> str:
    """Give the template for the variables of a `.env` and those of the Compose files that have no default.

    `values` are looked at for their kind alone. Empty where there is no variable.
    """
    used: dict[str, _Variable] = {}
    for use in (use for uses in found for use in uses.uses):
        variable = used.setdefault(use.key, _Variable())
        variable.services |= {use.service} - {""}
        variable.required |= use.required
        variable.optional &= use.optional
    # One with a default stays out: the empty value that a new .env gives it is not always its default.
    known = {*values, *SURROUNDINGS}
    needed = [key for key, variable in used.items() if not variable.optional and key not in known]
    parts = [_HEAD]
    own = sorted(key for key in values if key.startswith(COMPOSE_OWN))
    if own:
        parts.append(f"# .env also sets what Compose itself reads, which is yours to give: {', '.join(own)}\n")
    for key in (*(key for key in values if key not in own), *needed):
        variable = used.get(key, _Variable())
        services = f"# For {', '.join(sorted(variable.services))}.\n" if variable.services else ""
        required = "@required " if variable.required else ""
        parts.append(f"{services}# {required}{_kind(key, values.get(key, ''))}\n{key}=\n")
    return "\n".join(parts) if len(parts) > 1 else ""


def _kind(key: str, value: str) -> str:
    if is_sensitive(key):
        return "@sensitive @type=string"
    if value.lower() in ("true", "false"):
        return "@type=boolean"
    if value.isascii() and value.isdecimal():
        return "@type=port" if "PORT" in key.upper() and 0 < int(value) <= 65535 else "@type=number"
    return "@type=url" if value.startswith(("http://", "https://")) else "@type=string"
