"""What Compose would give a service's containers: variables, and files with secrets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackctl.stack.model import Service, Stack


def passed_to(service: Service) -> dict[str, str | None]:
    """Give name → value as the container would see it; None for a name that nobody sets and that it does not get.

    Compose prints each `$` of a value twice, so that its output is a Compose file again.
    """
    return {
        name: None if value is None else str(value).replace("$$", "$") for name, value in service.environment.items()
    }


def secret_files(stack: Stack, service: Service) -> dict[str, Path]:
    """Give the secrets of a service that come from host files: container path → host file."""
    found: dict[str, Path] = {}
    entries = service.raw.get("secrets")
    for entry in entries if isinstance(entries, list) else ():
        said = entry if isinstance(entry, Mapping) else {"source": entry}
        source = stack.secrets.get(str(said.get("source")))
        if source is not None and source.file is not None:
            target = str(said.get("target") or source.name)
            found[target if target.startswith("/") else f"/run/secrets/{target}"] = source.file
    return found


def secret_variables(stack: Stack, service: Service) -> dict[str, str]:
    """Give the secrets and configs of a service that come from variables (`environment: NAME`): name → variable."""
    found: dict[str, str] = {}
    for kind, names in (("secrets", service.secrets), ("configs", service.configs)):
        top = stack.raw.get(kind) or {}
        for name in names:
            variable = (top.get(name) or {}).get("environment")
            if variable:
                found[name] = str(variable)
    return found
