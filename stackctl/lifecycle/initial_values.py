"""The values with which a service would fill an empty data volume: those that a filled one must agree with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from stackctl.services.registry import initial_for
from stackctl.stack.environment import passed_to, secret_files

if TYPE_CHECKING:
    from stackctl.secrets.digest import Digest
    from stackctl.services.initial import Initial
    from stackctl.stack.model import Service, Stack


@dataclass(frozen=True)
class Value:
    """A value and the host file that it comes from; None where it stands in the model."""

    text: str = field(repr=False)
    file: Path | None = None


@dataclass(frozen=True)
class InitialValues:
    """What one service would initialise its volumes with. A value that cannot be read is missing from `values`."""

    service: str
    volumes: tuple[str, ...]
    known: Initial
    values: Mapping[str, Value]


def initial_values(stack: Stack, service: Service) -> InitialValues | None:
    """Give them, None for a service that keeps no password in a named volume, or of which nobody knows it."""
    known = initial_for(service.image, service.labels)
    if known is None:
        return None
    mounts = (mount for mount in service.mounts if mount.kind == "volume" and mount.target.rstrip("/") in known.data)
    volumes = tuple(stack.volumes[mount.source].name for mount in mounts if mount.source in stack.volumes)
    found = {name: value_given(stack, service, known, name) for name in known.variables}
    values = {name: value for name, value in found.items() if value is not None}
    return InitialValues(service.name, volumes, known, values) if volumes else None


def digests_of(now: InitialValues | None, keyed: Digest) -> dict[str, str]:
    """Give a digest by variable, nothing where there are no such values."""
    return {name: keyed.of(name, value.text) for name, value in now.values.items()} if now else {}


def value_given(stack: Stack, service: Service, known: Initial, name: str) -> Value | None:
    """Give what a service gets for a variable, as a value or by a file; None for a file that cannot be read."""
    environment = passed_to(service)
    path = environment.get(name + known.file)
    if not path:
        return Value(environment.get(name) or known.variables[name])
    file = secret_files(stack, service).get(path) or _mounted_at(service, path)
    try:
        # The images' entrypoints read by `$(< file)`, which drops line ends.
        return Value(file.read_text("utf-8", "surrogateescape").rstrip("\n"), file) if file else None
    except OSError:
        return None


def _mounted_at(service: Service, path: str) -> Path | None:
    wanted = PurePosixPath(path)
    for mount in service.mounts:
        if mount.kind == "bind" and wanted.is_relative_to(mount.target):
            return Path(mount.source) / wanted.relative_to(mount.target)
    return None
