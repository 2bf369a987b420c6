"""The effective environment: every variable of a target with its value, where that comes from, and who gets it.

Values only; `lifecycle/effective.py` reads the files that they are made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from stackctl.env.interpolate import interpolate
from stackctl.errors import ConfigError
from stackctl.mask import is_sensitive

if TYPE_CHECKING:
    from stackctl.env.grammar import EnvFile
    from stackctl.env.item import Item, Template
    from stackctl.env.place import Place
    from stackctl.env.scan import Entry
    from stackctl.env.uses import Use

Kind = Literal["shell", "file", "template", "compose", "secret", "nowhere"]


@dataclass(frozen=True)
class Source:
    """Where a value comes from.

    `shell`; `file`: an env file; `template`: not in a file yet, the next `up` or `env init` writes it; `compose`: the
    default in a Compose file; `secret`: a secret file, whose value is not read here; `nowhere`: it has no value.
    """

    kind: Kind
    place: Place | None = None

    def __str__(self) -> str:
        if self.kind in ("shell", "nowhere", "secret"):
            return {"shell": "shell", "nowhere": "not set", "secret": "secret file"}[self.kind]
        said = f"{self.place.source}:{self.place.line}" if self.place else ""
        return f"{said} (default)" if self.kind == "compose" else said or self.kind


@dataclass(frozen=True)
class Variable:
    """One variable.

    `value` is what Compose puts in place of `${KEY}`, None where it is not set or where it is a secret file; `item` is
    what the templates say, `entry` where the env files set it (the one that counts), `uses` which places name it.
    """

    key: str
    value: str | None = field(repr=False)
    source: Source
    sensitive: bool
    item: Item | None = None
    entry: Entry | None = None
    uses: tuple[Use, ...] = ()
    services: tuple[str, ...] = ()

    @property
    def shadowed(self) -> bool:
        """Whether the shell sets it over an env file."""
        return self.source.kind == "shell" and self.entry is not None

    @property
    def feeds(self) -> tuple[tuple[str, str], ...]:
        """Give each service and the variable of its container that this one feeds."""
        return tuple(dict.fromkeys((use.service, use.container) for use in self.uses if use.container))

    @property
    def required_by_compose(self) -> Use | None:
        """Give the place that demands a value (`${KEY:?}`), or None."""
        return next((use for use in self.uses if use.required), None)


@dataclass(frozen=True)
class Inputs:
    """What the variables of a target come from, read and not yet joined.

    `files` are the env files that Compose reads, in order; `planned` values that the next `up` writes; `secrets` the
    services that get a secret file, by its name; `env_file_services` those that get a whole env file, by its source.
    """

    template: Template
    files: Sequence[EnvFile]
    shell: Mapping[str, str] = field(repr=False)
    uses: Sequence[Use] = ()
    planned: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    env_file_services: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def variables(inputs: Inputs) -> dict[str, Variable]:
    """Give every variable: those of the templates first and in their order, then of the files, then of Compose.

    Raises ConfigError where an env file holds a `${` that does not parse.
    """
    values: dict[str, str] = {}
    entries: dict[str, Entry] = {}
    for env_file in inputs.files:
        values |= env_file.resolve(inputs.shell, values)
        entries |= {key: entry for key in env_file.keys if key and (entry := env_file.get(key)) is not None}
    uses: dict[str, list[Use]] = {}
    for use in inputs.uses:
        uses.setdefault(use.key, []).append(use)
    items = {item.key: item for item in inputs.template.items}
    known = {**values, **inputs.planned, **{key: inputs.shell[key] for key in inputs.shell if key in uses}}
    joined = {}
    for key in dict.fromkeys((*items, *entries, *uses)):
        joined[key] = _variable(key, inputs, known, (items.get(key), entries.get(key), uses.get(key, [])))
    return joined


Parts = tuple["Item | None", "Entry | None", "list[Use]"]


def _variable(key: str, inputs: Inputs, known: Mapping[str, str], parts: Parts) -> Variable:
    item, entry, uses = parts
    value, source = _value(key, inputs, known, parts)
    services = [use.service for use in uses if use.service]
    if item is not None and item.secret:
        services += inputs.secrets.get(item.secret, ())
    if entry is not None:
        services += inputs.env_file_services.get(entry.place.source, ())
    sensitive = item.sensitive if item is not None else is_sensitive(key)
    return Variable(key, value, source, sensitive, item, entry, tuple(uses), tuple(sorted(set(services))))


def _value(key: str, inputs: Inputs, known: Mapping[str, str], parts: Parts) -> tuple[str | None, Source]:
    item, entry, uses = parts
    if item is not None and item.secret:
        return None, Source("secret", item.place)
    if key in inputs.shell and (uses or entry is not None):
        return inputs.shell[key], Source("shell")
    if item is not None and key in inputs.planned:
        return inputs.planned[key], Source("template", item.place)
    if entry is not None and key in known:
        return known[key], Source("file", entry.place)
    written = [use for use in uses if use.default is not None]
    if written:
        return _default(written[-1], known), Source("compose", written[-1].place)
    return None, Source("nowhere")


def _default(use: Use, known: Mapping[str, str]) -> str | None:
    try:
        return interpolate(use.default or "", known.get, use.place)
    except ConfigError:
        return None  # Compose rejects the file and says why


def consumers(secrets: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Turn service → names of secret files around: the services of each name."""
    found: dict[str, list[str]] = {}
    for service, names in secrets.items():
        for name in names:
            found.setdefault(name, []).append(service)
    return {name: tuple(sorted(set(services))) for name, services in found.items()}
