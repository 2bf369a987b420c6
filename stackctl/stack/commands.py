"""`x-stackctl.commands`: a project's own commands, each run in a service. Values only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from stackctl.errors import ConfigError

KEYS = ("service", "run", "help")
EXAMPLE = "write for example: commands: {migrate: {service: core, run: [python, manage.py, migrate]}}"
_NAME = r"[A-Za-z0-9][A-Za-z0-9_.:-]*"


@dataclass(frozen=True)
class OwnCommand:
    """A command of the project: the service that it runs in, its words, and a line for the help page."""

    name: str
    service: str
    words: tuple[str, ...]
    help: str = ""

    @property
    def line(self) -> str:
        """Give what it is, for a list."""
        return self.help or f"In {self.service}: {' '.join(self.words)}"


def commands_from(raw: object) -> dict[str, OwnCommand]:
    """Read what the file says. Raises ConfigError for what is no command."""
    if raw is None:
        return {}
    if not isinstance(raw, Mapping):
        raise _wrong("x-stackctl.commands is not understood")
    return {str(name): _command(str(name), value) for name, value in raw.items()}


def _command(name: str, raw: object) -> OwnCommand:
    place = f"x-stackctl.commands.{name}"
    if not re.fullmatch(_NAME, name):
        raise _wrong(f"{place}: a name has letters, digits and _ . : - only")
    if not isinstance(raw, Mapping):
        raise _wrong(f"{place} is not understood")
    for key in raw:
        if key not in KEYS:
            raise _wrong(f"{place} knows no “{key}”, only {', '.join(KEYS)}")
    run = raw.get("run")
    # A text is for the shell, as in Compose's `command`; a list is taken as it is.
    words = ("sh", "-c", run, name) if isinstance(run, str) else tuple(str(word) for word in run or ())
    if not raw.get("service") or not words or run == "":
        raise _wrong(f"{place} needs service and run")
    return OwnCommand(name, str(raw["service"]), words, str(raw.get("help") or ""))


def _wrong(message: str) -> ConfigError:
    return ConfigError(message, EXAMPLE, code="commands-invalid")
