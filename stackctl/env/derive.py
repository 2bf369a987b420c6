"""Makes a secret from others: `derive=mongodb-uri(mongo_root, host=db)` names secrets, then options of the maker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from stackctl.env.call import template_error, unknown_word

if TYPE_CHECKING:
    from stackctl.env.call import Call
    from stackctl.env.place import Place
    from stackctl.env.secret_store import Deriver


def sources_of(recipe: Call) -> tuple[str, ...]:
    """Give the secrets that a recipe starts from."""
    return tuple(argument for argument in recipe.arguments if "=" not in argument)


def options_of(recipe: Call) -> dict[str, str]:
    """Give its options: name → value."""
    pairs = (argument.partition("=") for argument in recipe.arguments if "=" in argument)
    return {name: value for name, _equals, value in pairs}


def check_derive(recipe: Call, place: Place, derivers: Mapping[str, Deriver]) -> None:
    """Raise ConfigError, at `place`, for a way to derive that nobody knows, or an option that it has not."""
    deriver = derivers.get(recipe.name)
    if deriver is None:
        raise unknown_word(place, "way to derive", recipe.name, tuple(derivers))
    for option in options_of(recipe):
        if option not in deriver.options:
            if not deriver.options:
                raise template_error(place, f"{recipe.name} has no options", f"remove {option}=…")
            raise unknown_word(place, f"option of {recipe.name}", option, deriver.options)


def derived(recipe: Call, get: Callable[[str], str | None], derivers: Mapping[str, Deriver]) -> str:
    """Give the value; `get` gives that of a secret. A recipe must have passed `check_derive`."""
    return derivers[recipe.name]([get(source) or "" for source in sources_of(recipe)], options_of(recipe))
