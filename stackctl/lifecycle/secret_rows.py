"""The rows of `secrets list`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from stackctl.env.derive import derived
from stackctl.errors import ConfigError
from stackctl.lifecycle.begin import digest_of, has_key
from stackctl.lifecycle.sealed import look_at_sealed
from stackctl.secrets.scan import DIGEST_LENGTH
from stackctl.secrets.sealed_file import Key
from stackctl.secrets.weak import weak_secret
from stackctl.services.registry import derivers

if TYPE_CHECKING:
    from stackctl.lifecycle.secret_values import Secrets
    from stackctl.lifecycle.world import World
    from stackctl.secrets.seal_memo import Relation

State = Literal["kept", "missing", "empty", "stale", "weak", "unused", "elsewhere"]

# How the sealed value stands to the one here, in one word.
SEALED: dict[Relation, str] = {
    "same": "yes",
    "only-sealed": "yes",
    "only-here": "no",
    "changed-here": "older",
    "changed-there": "newer",
    "both-changed": "differs",
}


@dataclass(frozen=True)
class Row:
    """One secret. `age` in seconds, None where it is not kept here; `digest` is the beginning of a keyed one."""

    name: str
    state: State
    services: tuple[str, ...]
    age: float | None
    digest: str
    sealed: str
    derived_from: tuple[str, ...]


def secret_rows(world: World, secrets: Secrets) -> list[Row]:
    """Give every secret of a target, declared, stored or read by a service, by name. Raises ConfigError."""
    relations: dict[Key, Relation] = {}
    try:
        sealed = look_at_sealed(world, secrets, ())
        relations = sealed.sides.relations() if sealed.there else {}
    except ConfigError:
        pass  # a damaged sealed file is the matter of `verify`; what is kept here can be listed all the same
    names = {*secrets.known, *secrets.elsewhere, *(key.name for key in relations if key.kind == "secret")}
    return [_row(world, secrets, name, relations.get(Key("secret", name))) for name in sorted(names)]


def _row(world: World, secrets: Secrets, name: str, related: Relation | None) -> Row:
    path = secrets.elsewhere.get(name, secrets.store.folder / name)
    value = _value(world, secrets, name)
    return Row(
        name,
        _state(secrets, name, value),
        tuple(secrets.consumers(name)),
        _age(world, path) if value is not None else None,
        digest_of(world).of(name, value)[:DIGEST_LENGTH] if value is not None and has_key(world) else "",
        SEALED[related] if related else "",
        secrets.derived_from(name),
    )


def _value(world: World, secrets: Secrets, name: str) -> str | None:
    if name not in secrets.elsewhere:
        return secrets.store.get(name)
    data = world.files.read(secrets.elsewhere[name]) if secrets.elsewhere[name].is_file() else None
    return None if data is None else data.decode("utf-8", "surrogateescape").rstrip("\r\n")


def _state(secrets: Secrets, name: str, value: str | None) -> State:
    if value is None:
        return "missing"
    if name in secrets.elsewhere:
        return "elsewhere"
    item = secrets.declared.get(name)
    if item and item.directives.derive:
        recipe, known = item.directives.derive, derivers()
        made = derived(recipe, secrets.store.get, known) if recipe.name in known else None
        return "kept" if made == value else "stale"
    if item is None and not secrets.consumers(name) and secrets.stack is not None:
        return "unused"
    if not value:
        return "empty"
    words = secrets.stack.services if secrets.stack else ()
    return "weak" if weak_secret(name, value, words) else "kept"


def _age(world: World, path: Path) -> float | None:
    try:
        return max(0.0, world.clock.now().timestamp() - path.stat().st_mtime)
    except OSError:
        return None
