"""Asking Prometheus: where it is, what it answers to a query, how it words an error."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from stackctl.verify.check import skipped

if TYPE_CHECKING:
    from stackctl.verify.check import Found
    from stackctl.verify.site import Site

PORT = 9090
ABSENT = "there is no Prometheus here: set COMPOSE_PROFILES=observability where the stack has it"
UNREACHED = "this machine does not reach Prometheus: publish its port 9090"
_POSITION = re.compile(r"(\d+):(\d+): parse error: (.+)")


def base(site: Site) -> str:
    """Give Prometheus' address; empty where there is none or it cannot be reached."""
    item = site.kind("prometheus")
    return site.base(item, PORT) if item else ""


def needs(check: Callable[[Site], Found]) -> Callable[[Site], Found]:
    """Skip a check, with the reason, where no Prometheus can be asked."""

    def run(site: Site) -> Found:
        if site.kind("prometheus") is None:
            return skipped(ABSENT)
        return check(site) if base(site) else skipped(UNREACHED)

    return run


def query(site: Site, expr: str) -> list[dict[str, Any]]:
    """Give the samples of an instant query, at Prometheus' own time. Raises OSError."""
    said = site.json(f"{base(site)}/api/v1/query?query={quote(expr)}")
    return list(said["data"]["result"])


def now(site: Site) -> float:
    """Give Prometheus' own time, in seconds: this machine's may differ. Raises OSError."""
    return float(site.json(f"{base(site)}/api/v1/query?query=time()")["data"]["result"][1])


def positioned(error: str) -> str:
    """Give a PromQL error as line, column and words."""
    match = _POSITION.search(error)
    return f"line {match[1]}, column {match[2]}: {match[3]}" if match else error
