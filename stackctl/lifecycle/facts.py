"""What a service is started with beyond its model: mounted files, secret contents, build inputs.

Compose's config hash knows none of them: an edited mounted file or a changed secret changes nothing for `docker compose
up` (docker/compose#6543). So they are digested here and compared with what the running containers were started with.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stackctl.errors import ConfigError
from stackctl.lifecycle.initial_values import digests_of, initial_values
from stackctl.stack.environment import secret_variables
from stackctl.workspace.files import digest_file, walk_files

if TYPE_CHECKING:
    from stackctl.images.inputs import Inputs
    from stackctl.secrets.digest import Digest
    from stackctl.stack.model import Service, Stack

# A read-only folder below /etc is configuration; any other folder is data or source code, which services reload.
CONFIG_ROOT = "/etc/"
MOST_FILES = 500
Values = Callable[[str], str | None]


def no_value(_name: str) -> str | None:
    """Give nothing: no variable is known."""
    return None


@dataclass(frozen=True)
class ServiceFacts:
    """Digests by path or name; `containers` are the ids that were started with them.

    `inputs` are the build inputs as read now, `build` the same as they were kept. `initial` are the values that the
    service reads only while its data is empty, by variable. `variables` are those of the env files and the shell that
    its definition names, by key.
    """

    containers: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    build: Mapping[str, Any] | None = None
    inputs: Inputs | None = field(default=None, repr=False, compare=False)
    initial: Mapping[str, str] = field(default_factory=dict, compare=False)
    variables: Mapping[str, str] = field(default_factory=dict, compare=False)


def service_facts(
    stack: Stack, service: Service, containers: Sequence[str], keyed: Digest, values: Values = no_value
) -> ServiceFacts:
    """Give what a service would be started with now. A file that cannot be read has no digest (preflight says so).

    `values` gives the value of a variable: Compose makes a secret of one where the file says `environment: NAME`.
    """
    files: dict[str, str] = {}
    for mount in service.mounts:
        if mount.kind == "bind":
            files |= _mounted(Path(mount.source), mount.target, mount.read_only)
    for name in service.configs:
        source = stack.configs.get(name)
        if source and source.file:
            files |= _digests([source.file])
    secrets: dict[str, str] = {}
    for name in service.secrets:
        source = stack.secrets.get(name)
        if source and source.file:
            try:
                secrets[name] = keyed.of(name, source.file.read_text("utf-8", "surrogateescape"))
            except OSError:
                continue
    for name, variable in secret_variables(stack, service).items():
        value = values(variable)
        if value is not None:
            secrets[name] = keyed.of(name, value)
    initial = digests_of(initial_values(stack, service), keyed)
    return ServiceFacts(tuple(sorted(containers)), files, secrets, initial=initial)


def changes(before: ServiceFacts, now: ServiceFacts) -> list[str]:
    """Give, in words, what has changed in mounted files and secrets since the containers were started.

    What the record does not know at all (a stack that plain Compose started) is taken as it is.
    """
    found = _differences(before.files, now.files, lambda path: Path(path).name) if before.files else []
    return found + (_differences(before.secrets, now.secrets, lambda name: f"secret {name}") if before.secrets else [])


def _differences(before: Mapping[str, str], now: Mapping[str, str], name: Callable[[str], str]) -> list[str]:
    words = []
    for key in sorted({*before, *now}):
        if before.get(key) != now.get(key):
            verb = "added" if key not in before else "removed" if key not in now else "changed"
            words.append(f"{name(key)} {verb}")
    return words


def model_digest(stack: Stack, overlay: str, keyed: Digest) -> str:
    """Give one digest of the merged model and the generated overlay."""
    text = json.dumps(stack.raw, sort_keys=True, separators=(",", ":")) + overlay
    return keyed.of("model", text)


def _mounted(source: Path, target: str, read_only: bool) -> dict[str, str]:
    if source.is_file():
        return _digests([source])
    if source.is_dir() and read_only and target.startswith(CONFIG_ROOT):
        found = [path for path in walk_files(source) if path.is_file()]
        return _digests(found) if len(found) <= MOST_FILES else {}
    return {}


def _digests(paths: Sequence[Path]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in paths:
        try:
            found[str(path)] = digest_file(path)
        except ConfigError:
            continue
    return found
