"""What `--only` names: databases and collections that a set must hold."""

from __future__ import annotations

from collections.abc import Sequence

from stackctl.errors import Misuse
from stackctl.workspace.names import closest

SHOWN = 10


def check_held(words: Sequence[str], held: Sequence[str]) -> None:
    """Raise Misuse for a word that is neither a database nor a collection (`db.collection`) of those `held`.

    Nothing would be restored for it, and that must not look like a restore that is done.
    """
    databases = {name.partition(".")[0] for name in held}
    for word in words:
        if word in databases or word in held:
            continue
        guess = closest(word, {*held, *databases})
        more = " …" if len(held) > SHOWN else ""
        there = f"it holds: {', '.join(held[:SHOWN])}{more}" if held else "it holds none"
        raise Misuse(
            f"the set has no database and no collection “{word}”",
            f"did you mean “{guess}”? {there}" if guess else there,
            code="unknown-collection",
        )
