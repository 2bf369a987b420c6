"""What a running container still has of an older environment, by name: its variables against those it would get now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from stackctl.env.effective import Variable

Change = Literal["changed", "added", "removed"]

# The docker client puts these into every container, from its own configuration (docs.docker.com, proxies).
PROXIES = frozenset(
    name for word in ("http", "https", "ftp", "no", "all") for name in (f"{word}_proxy", f"{word.upper()}_PROXY")
)


def differences(
    passed: Mapping[str, str | None], running: Mapping[str, str], image: Mapping[str, str]
) -> dict[str, Change]:
    """Give the variables of a container whose value would be another one, in the order of their names.

    `passed` is what Compose would give it (None: nobody sets it), `image` what its image gives by itself.
    """
    wanted = {**image, **{name: value for name, value in passed.items() if value is not None}}
    found: dict[str, Change] = {}
    for name in sorted({*wanted, *running}):
        if name not in running:
            found[name] = "added"
        elif name not in wanted:
            if name not in PROXIES:
                found[name] = "removed"
        elif wanted[name] != running[name] and (name in passed or name not in PROXIES):
            found[name] = "changed"
    return found


def named(
    service: str,
    variables: Mapping[str, Variable],
    container: Mapping[str, Change],
    before: Mapping[str, str],
    now: Mapping[str, str],
) -> dict[str, Change]:
    """Give the same by the names that a user edits: the variables of the env files, then those that no such one feeds.

    `before` and `now` are digests of the service's variables, as its containers were started and as they are; they
    also tell of those that feed no variable of the container (a port, an argument).
    """
    found: dict[str, Change] = {}
    for key in sorted({*before, *now} if before else ()):
        if before.get(key) != now.get(key):
            found[key] = "added" if key not in before else "removed" if key not in now else "changed"
    explained: set[str] = set()
    for variable in variables.values():
        fed = {name for owner, name in variable.feeds if owner == service and name in container}
        explained |= fed
        if fed and not before:
            found[variable.key] = container[min(fed)]
    return {**found, **{name: change for name, change in container.items() if not _told(name, explained, found)}}


def _told(name: str, explained: Collection[str], found: Mapping[str, Change]) -> bool:
    """Say whether a variable of the container is spoken of already.

    It is where a named variable feeds it, or has its name (an env file is handed over as it is). A fed one without any
    named variable was changed in the Compose file itself.
    """
    return name in found or (name in explained and bool(found))
