"""Which kind of image first filled a data volume. Another kind, or another major version, is refused before the start.

FerretDB's SQLite files and a mongod's files share `/data/db` and ignore each other: a changed kind looks like an empty
store. A Grafana 13 database must not be opened by Grafana 10.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from stackctl.errors import ConfigError, Finding
from stackctl.services.registry import driver_for

if TYPE_CHECKING:
    from stackctl.stack.model import Service, Stack
    from stackctl.workspace.files import Files

FILE = "volumes.json"

Kind = Literal["official", "local"]


@dataclass(frozen=True)
class Fill:
    """What first filled a volume: the kind of image, its major version (empty: unknown), its name, the service."""

    kind: Kind
    major: str
    image: str
    service: str


def data_volumes(stack: Stack, service: Service) -> tuple[str, ...]:
    """Give the engine's names of the volumes that hold a service's state, as its driver knows the paths."""
    paths = driver_for(service.image, service.labels).data
    keys = [mount.source for mount in service.mounts if mount.kind == "volume" and mount.target.rstrip("/") in paths]
    return tuple(stack.volumes[key].name for key in keys if key in stack.volumes)


def read_fills(files: Files, path: Path) -> dict[str, Fill]:
    """Give the records by volume name. Raises ConfigError for a damaged file: the gate must not open by that."""
    data = files.read(path)
    if data is None:
        return {}
    try:
        return {name: Fill(**raw) for name, raw in json.loads(data)["volumes"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"{path} is damaged",
            f"it says which images filled the volumes; if you know that the images fit: rm {path}",
            code="volume-facts-damaged",
        ) from error


def living(fills: Mapping[str, Fill], stack: Stack, existing: Collection[str]) -> dict[str, Fill]:
    """Give the records whose volume still exists: a removed volume may be filled by anything.

    `existing` are the project's volumes as the engine lists them; external volumes are not among those and count.
    """
    external = {volume.name for volume in stack.volumes.values() if volume.external}
    return {name: fill for name, fill in fills.items() if name in existing or name in external}


def record_fill(files: Files, path: Path, alive: Mapping[str, Fill], fresh: Mapping[str, Fill]) -> None:
    """Keep what filled volumes, after a healthy start: `alive` are the records that still hold, they win over `fresh`.

    Nothing is written where nothing is new. Raises ConfigError.
    """
    merged = {**fresh, **alive}
    if merged != read_fills(files, path):
        rows = {name: asdict(merged[name]) for name in sorted(merged)}
        files.make_dir(path.parent)
        files.write(path, json.dumps({"schema": 1, "volumes": rows}, indent=1).encode() + b"\n")


def complaint(service: str, volume: str, before: Fill, now: Fill) -> Finding | None:
    """Give the finding where an image must not open a volume, else None. An unknown major version is let through."""
    over = (
        f"to change over: back up {service}, remove the volume (docker volume rm {volume}), start, then restore; "
        "to keep the data: "
    )
    if before.kind != now.kind:
        flag = "local" if before.kind == "local" else "registry"
        return Finding(
            "image-kind-changed",
            "error",
            service,
            f"{service}: the volume {volume} was filled by {_named(before)}; {_named(now)} cannot read it",
            f"{over}--images {flag}",
        )
    if before.major and now.major and before.major != now.major:
        return Finding(
            "data-version-mismatch",
            "error",
            service,
            f"{service}: the volume {volume} was filled by version {before.major} ({before.image}); "
            f"{now.image} is version {now.major}",
            f"{over}use version {before.major} again",
        )
    return None


def _named(fill: Fill) -> str:
    return f"the {'local' if fill.kind == 'local' else 'official'} image {fill.image}"
