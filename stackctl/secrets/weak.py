"""Says which secrets are too weak to be hidden everywhere, and to be a secret at all."""

from __future__ import annotations

from collections.abc import Collection

from stackctl.errors import Finding
from stackctl.mask import SHORTEST_ANYWHERE


def weak_secret(name: str, value: str, words: Collection[str], hint: str = "") -> Finding | None:
    """Give the finding for a secret value that is short, or that is a word of the model (service, image, user, key).

    Such a value is masked only where a value stands, because hiding it everywhere would blank out innocent text. The
    finding does not say the value; `hint` is the way out (default: make a new one).
    """
    if not value:
        return None
    if value in words:
        why = "is also the name of something in the stack"
    elif len(value) < SHORTEST_ANYWHERE:
        why = f"has fewer than {SHORTEST_ANYWHERE} characters"
    elif len(set(value)) <= 2:
        why = "repeats one or two characters"
    else:
        return None
    way_out = hint or f"make a new one: stackctl secrets generate {name}"
    message = f"the value of {name} {why}: it is easy to guess, and output hides it only where a value stands"
    return Finding("weak-secret", "warning", name, message, way_out)
