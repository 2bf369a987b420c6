"""A fault: a small stack, the code that `why` must give, and the service that must change."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field

TOOLS, REDIS = "stackctl/tools:local", "stackctl/redis:local"
PYTHON, PROMETHEUS = "stackctl/python:local", "stackctl/prometheus:local"
# A health check that knows within two seconds; `%` takes the test.
CHECK = "{test: %s, interval: 300ms, timeout: %s, retries: 2}"


@dataclass(frozen=True)
class Fault:
    """`code` is empty for a healthy stack; `hit` are services that must be named as failing because of it."""

    name: str
    code: str
    service: str
    compose: str
    files: Mapping[str, str] = field(default_factory=dict)
    hit: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name


def fault(
    name: str, code: str, service: str, services: str, hit: str = "", files: Mapping[str, str] | None = None
) -> Fault:
    """A fault from the text below `services:`; TOOLS and the like stand for the local images.

    Text below a line `---` stands beside `services:`.
    """
    text, _rule, top = textwrap.dedent(services).strip("\n").partition("\n---\n")
    for word, image in (
        ("TOOLS", TOOLS),
        ("REDIS", REDIS),
        ("PYTHON", PYTHON),
        ("PROMETHEUS", PROMETHEUS),
        ("JAEGER", "stackctl/jaeger:local"),
        ("GRAFANA", "stackctl/grafana:local"),
        ("MONGODB", "stackctl/mongodb:local"),
    ):
        text = text.replace(f"image: {word}", f"image: {image}")
    compose = f"services:\n{textwrap.indent(text, '  ')}\n{top}\n"
    return Fault(name, code, service, compose, files or {}, tuple(hit.split()))


def healthy(name: str, services: str, files: Mapping[str, str] | None = None) -> Fault:
    """A stack that must give no verdict."""
    return fault(name, "", "", services, files=files)


def check(test: str, timeout: str = "1s") -> str:
    """A quick health check as YAML."""
    return CHECK % (test, timeout)
