"""Sealed values of a target: both sides read, the sealed file or the values here written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from stackctl.env.grammar import Addition, EnvFile, parse
from stackctl.errors import ConfigError, Finding
from stackctl.lifecycle.begin import digest_of, make_key
from stackctl.lifecycle.env_files import own_env_file, read_env_file, shown_path
from stackctl.lifecycle.secret_changes import write_secret
from stackctl.mask import is_sensitive
from stackctl.secrets.places import SealedPlace, sealed_place
from stackctl.secrets.recipients import RecipientsFile, read_recipients
from stackctl.secrets.seal_memo import FILE, Seen, read_memo, write_memo
from stackctl.secrets.seal_plan import SealPlan, Sides, UnsealPlan
from stackctl.secrets.sealed_file import Block, Key, read_sealed
from stackctl.secrets.sealing import open_all
from stackctl.workspace.files import PRIVATE_FILE
from stackctl.workspace.home import project_home

if TYPE_CHECKING:
    from stackctl.lifecycle.secret_values import Secrets
    from stackctl.lifecycle.world import World
    from stackctl.secrets.age import Identity

SHARED_FILE = 0o644


@dataclass(frozen=True)
class Sealed:
    """The sealed file of a target, its recipients, and both sides of its values.

    `undeclared` are variables of the env file that only their name calls sensitive.
    """

    place: SealedPlace
    recipients: RecipientsFile
    sides: Sides = field(repr=False)
    undeclared: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The sealed file as messages show it."""
        return self.place.shown(self.place.sealed)

    @property
    def there(self) -> bool:
        """Whether there is a sealed file with a value in it."""
        return bool(self.sides.blocks)


def look_at_sealed(world: World, secrets: Secrets, identities: Sequence[Identity]) -> Sealed:
    """Read both sides; with identities every block is opened. Changes nothing.

    Raises ConfigError for a sealed file, a list of recipients or an env file that is damaged.
    """
    place = sealed_place(secrets.target)
    blocks = read_sealed(_text(world, place.sealed), place.shown(place.sealed))
    recipients = read_recipients(_text(world, place.recipients), place.shown(place.recipients))
    variables, undeclared = sensitive_variables(world, secrets)
    stored = {name: secrets.store.get(name) for name in secrets.store.names() if not secrets.derived_from(name)}
    here = {Key("secret", name): value for name, value in stored.items() if value}
    here |= {Key("variable", name): value for name, value in variables.items()}
    world.mask.add(*here.values())
    opened = open_all(place.scope, blocks, identities) if identities else {}
    world.mask.add(*(item.value for item in opened.values()))
    memo = read_memo(world.files, _memo_path(world, secrets))
    return Sealed(place, recipients, Sides(here, blocks, opened, memo, digest_of(world)), tuple(undeclared))


def sensitive_variables(world: World, secrets: Secrets) -> tuple[dict[str, str], list[str]]:
    """Give the values of the env file that are sensitive and declared so, and the names that only look sensitive.

    In a plain project without templates the name decides. Raises ConfigError for an env file that does not parse.
    """
    env_file = _env_file(world, secrets)
    if env_file is None:
        return {}, []
    values = {name: value for name, value in env_file.resolve({}, as_env_file=True).items() if value.strip()}
    if not secrets.template.items:
        return {name: value for name, value in values.items() if is_sensitive(name)}, []
    items = {item.key: item for item in secrets.template.items if not item.secret and not item.directives.secrets_dir}
    declared = {name: value for name, value in values.items() if name in items and items[name].sensitive}
    unknown = [name for name in values if secrets.template.get(name) is None and is_sensitive(name)]
    return declared, sorted(unknown)


def write_sealed(world: World, secrets: Secrets, sealed: Sealed, plan: SealPlan) -> None:
    """Seal and replace the file, at once; then remember what agreed. Raises ConfigError."""
    place = sealed.place
    text, blocks = plan.carry_out(place.scope, sealed.recipients, place.title)
    if not plan.empty:
        world.files.write(place.sealed, text.encode(), SHARED_FILE)
    agreed = {key: sealed.sides.here[key] for key, act in plan.acts.items() if act in ("added", "changed")}
    agreed |= {key: sealed.sides.here[key] for key in plan.related("same")}
    _remember(world, secrets, agreed, blocks)


def write_unsealed(world: World, secrets: Secrets, sealed: Sealed, plan: UnsealPlan) -> list[str]:
    """Write what the plan says: secret files first, then the env file; give the names of what was derived.

    A run that is cut short is finished by the next one: what it wrote is then the same on both sides.
    """
    files = {key.name: value for key, value in plan.write.items() if key.kind == "secret"}
    derived = write_secret(world, secrets, files)
    variables = {key.name: value for key, value in plan.write.items() if key.kind == "variable"}
    if variables:
        _write_variables(world, secrets, variables)
    agreed = {**plan.write, **{key: sealed.sides.here[key] for key in plan.same}}
    _remember(world, secrets, agreed, sealed.sides.blocks)
    return derived


def _env_file(world: World, secrets: Secrets) -> EnvFile | None:
    path = own_env_file(secrets.target)
    return read_env_file(world, path, shown_path(secrets.target, path))


def _write_variables(world: World, secrets: Secrets, values: Mapping[str, str]) -> None:
    env_file = _env_file(world, secrets) or parse(
        b"# The first start adds the other variables.\n", own_env_file(secrets.target).name
    )
    there = [name for name in values if env_file.get(name) is not None]
    for name in there:
        env_file = env_file.replace(name, values[name])
    env_file = env_file.extend([Addition(name, values[name]) for name in values if name not in there])
    world.files.write(own_env_file(secrets.target), env_file.to_bytes(), PRIVATE_FILE)


def _remember(world: World, secrets: Secrets, agreed: Mapping[Key, str], blocks: Mapping[Key, Block]) -> None:
    make_key(world)
    keyed = digest_of(world)
    path = _memo_path(world, secrets)
    memo = {key: seen for key, seen in read_memo(world.files, path).items() if key in blocks}
    fresh = {key: Seen(keyed.of(str(key), value), blocks[key].digest) for key, value in agreed.items() if key in blocks}
    write_memo(world.files, path, {**memo, **fresh})


def _memo_path(world: World, secrets: Secrets) -> Path:
    return project_home(world.shell, secrets.target.project) / FILE


def _text(world: World, path: Path) -> str:
    data = world.files.read(path)
    try:
        return (data or b"").decode()
    except UnicodeDecodeError:
        raise ConfigError(
            f"{path} is not UTF-8 text", f"take it from git: git checkout -- {path}", code="sealed-damaged"
        ) from None


def not_sealed(sealed: Sealed) -> list[Finding]:
    """Give a finding for each variable of the env file that looks sensitive and that nobody declared."""
    return [
        Finding(
            "undeclared-secret",
            "info",
            name,
            f"{name} looks like a secret and no template declares it, so it is not sealed",
            "declare it with @sensitive in the template, or keep it in your own local layer",
        )
        for name in sealed.undeclared
    ]
