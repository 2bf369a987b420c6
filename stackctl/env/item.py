"""What a template says: its variables, and what a set of directives may hold together."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from stackctl.env.call import template_error
from stackctl.env.directives import Directives
from stackctl.env.types import Type

if TYPE_CHECKING:
    from stackctl.env.place import Place


@dataclass(frozen=True)
class Item:
    """A variable of a template. `default` is None where the name stands alone, without `=`.

    `said` names what its comments said explicitly; a later layer replaces exactly that (see `merge`).
    """

    key: str
    default: str | None
    layer: str
    place: Place
    description: tuple[str, ...] = ()
    required: bool = False
    sensitive: bool = False
    type: Type = field(default_factory=Type)
    example: str = ""
    docs: tuple[str, ...] = ()
    deprecated: str = ""
    directives: Directives = field(default_factory=Directives)
    said: frozenset[str] = frozenset()

    @property
    def secret(self) -> str:
        """The name of the secret file that holds the value; nothing where the value stands in the env file."""
        return self.directives.file


@dataclass(frozen=True)
class Template:
    """The variables of one layer, or of several that were merged, in order."""

    items: tuple[Item, ...]
    sources: tuple[str, ...]

    def get(self, key: str) -> Item | None:
        """Give the item of a key, or None."""
        return self._by_key.get(key)

    @cached_property
    def _by_key(self) -> dict[str, Item]:
        return {item.key: item for item in self.items}

    @cached_property
    def sources_of_derived(self) -> frozenset[str]:
        """Give what others are derived from: the names of their secrets, and the options of the recipes."""
        recipes = [item.directives.derive for item in self.items if item.directives.derive]
        return frozenset(word for recipe in recipes for word in recipe.arguments)

    @property
    def secrets(self) -> dict[str, Item]:
        """The secrets by the name of their file."""
        return {item.secret: item for item in self.items if item.secret}


def check_directives(directives: Directives, default: str | None, place: Place) -> None:
    """Raise ConfigError, at the variable's place, where what its comments say does not go together."""
    if directives.generate and directives.derive:
        raise template_error(place, "a secret is either generated or derived", "remove one of the two")
    if directives.derive and not directives.file:
        raise template_error(place, "a secret that is derived needs a file", "add file=NAME")
    if directives.secrets_dir and directives.file:
        raise template_error(place, "the folder of the secrets is no secret itself", "remove file=")
    if default and directives.file:
        raise template_error(place, "a secret has no default, it would be the same everywhere", "remove the value")
    if directives.generate and default:
        raise template_error(place, "a generated value has no default", "remove the value")
