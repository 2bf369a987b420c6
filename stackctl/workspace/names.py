"""Names: Compose's project name rule, ours on top of it, and "did you mean"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stackctl.errors import Misuse

_WORD = r"^[a-z0-9][a-z0-9_-]*$"


def normalize(text: str) -> str:
    """Give the text as a Compose project name: lower case, only [a-z0-9_-], starting with a letter or digit.

    Source: compose-go loader.NormalizeProjectName.
    """
    return re.sub(r"[^a-z0-9_-]", "", text.lower()).lstrip("_-")


def project_name(workspace: str, stack: str, env: str, instance: str) -> str:
    """Give `<workspace>[-<stack>]-<env>[-<instance>]`; the stack is left out where it repeats the workspace's name.

    It never depends on how many stacks there are: a second stack must not rename the first one's volumes.
    """
    base = normalize(workspace) or "workspace"
    parts = [base, "" if normalize(stack) == base else normalize(stack), normalize(env), normalize(instance)]
    return "-".join(part for part in parts if part)


def check_instance(name: str) -> str:
    """Give the instance name back. Raises Misuse where it is no word of [a-z0-9_-]."""
    if not re.fullmatch(_WORD, name):
        raise Misuse(f"“{name}” is no name for an instance", "use lower-case letters, digits, - and _")
    return name


def closest(word: str, known: Iterable[str]) -> str:
    """Give the known word that a typing error away, or nothing."""
    import difflib

    matches = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return matches[0] if matches else ""


def unknown(kind: str, word: str, known: Iterable[str]) -> Misuse:
    """Give the error for a wrong name: what it was meant to be, what there is."""
    names = sorted(known)
    guess = closest(word, names)
    there = f"there is: {', '.join(names)}" if names else f"there is no {kind} here"
    hint = f"did you mean “{guess}”? {there}" if guess else there
    return Misuse(f"no {kind} is called “{word}”", hint, code=f"unknown-{kind}")
