"""The ways to make a new secret, as templates write them. What they produce is in `secrets/generate.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.env.call import Call, template_error, unknown_word

if TYPE_CHECKING:
    from stackctl.env.place import Place

RECIPES = ("hex", "base64url", "alnum", "ec-key")
# 16 bytes are the least that nobody can guess; more than 512 only makes lines that tools cut.
SMALLEST, LARGEST = 16, 512


def check_recipe(call: Call, place: Place) -> int:
    """Give the number in `hex(32)`. Raises ConfigError at `place` for an unknown recipe or a number out of range."""
    if call.name not in RECIPES:
        raise unknown_word(place, "way to generate", call.name, RECIPES)
    number = call.arguments[0] if len(call.arguments) == 1 else ""
    if not (number.isascii() and number.isdigit() and SMALLEST <= int(number[:9]) <= LARGEST):
        raise template_error(
            place, f"{call.name} needs one number from {SMALLEST} to {LARGEST}", f"write {call.name}(32)"
        )
    if call.name == "ec-key" and number != "256":
        raise template_error(place, "the keys made here are those of P-256", "write ec-key(256)")
    return int(number)
