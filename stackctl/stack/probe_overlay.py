"""The second generated overlay: how health checks ask while a service starts. Values in, text out, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

HEADER = (
    "# Made by stackctl: health checks ask often while a service starts. A plain Compose file; what runs was started\n"
    "# with it, so leave it among the files or its services are recreated.\n"
)


@dataclass(frozen=True)
class FastCheck:
    """What is added to one health check, in seconds: the pause between probes at the start, and how long that is."""

    start_interval: float
    start_period: float


def render_probes(checks: Mapping[str, FastCheck]) -> str:
    """Give the overlay as a Compose file, one line per service; empty text where there is nothing to add."""
    if not checks:
        return ""
    lines = [f"  {json.dumps(name)}: {json.dumps(_service(check))}" for name, check in sorted(checks.items())]
    return "\n".join([HEADER + "services:", *lines, ""])


def parse_probes(text: str) -> dict[str, FastCheck]:
    """Read what `render_probes` wrote; a line that somebody has changed is passed over.

    Not by a YAML reader: importing one costs an unchanged `up` 30 ms.
    """
    found: dict[str, FastCheck] = {}
    for line in text.splitlines():
        try:
            ((name, service),) = json.loads(f"{{{line}}}").items()
            check = service["healthcheck"]
            found[name] = FastCheck(_seconds(check["start_interval"]), _seconds(check["start_period"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return found


def _service(check: FastCheck) -> dict[str, object]:
    return {"healthcheck": {"start_interval": _text(check.start_interval), "start_period": _text(check.start_period)}}


def _text(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"


def _seconds(text: str) -> float:
    return int(text.removesuffix("ms")) / 1000
