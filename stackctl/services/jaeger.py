"""Jaeger 2: the query page, and OTLP by gRPC and HTTP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackctl.services.base import Driver, Endpoint
from stackctl.services.failures import Failure

if TYPE_CHECKING:
    from stackctl.services.lines.formats import LineFormats
    from stackctl.services.lines.parsed import Parsed

# Words of Jaeger 2 (an OpenTelemetry collector) and 1.
FAILURES = (
    Failure(
        r"yaml: line (?P<line>\d+): (?P<why>.+)"
        r"|.*(?:failed to get config|cannot unmarshal the configuration|invalid configuration"
        r"|cannot (?:load|resolve) the configuration|yaml):? ?(?P<why2>.*)",
        "service-config-invalid",
        "{service} rejects its configuration: {why}",
        "correct the file",
    ),
    Failure(
        r"Cannot acquire directory lock on \"(?P<path>[^\"]+)\"|Another process is using this Badger database",
        "data-locked",
        "the data of {service} {path} is in use by another Jaeger",
        "stop the other one, or give each a volume of its own",
    ),
    Failure(
        r"(?:[Bb]adger|storage|Error Creating Dir).*(?P<path>\"/[^\"]+\")?.*permission denied"
        r"|mkdir /badger.*permission denied",
        "permission-denied",
        "{service} may not write its data",
        "let its user own the volume or the folder",
    ),
    Failure(
        r"manifest has (?:unsupported|bad) (?:version|magic)|checksum mismatch|MANIFEST.*(?:corrupt|removed)",
        "data-corrupt",
        "{service} cannot read its Badger data",
        "restore a backup, or start with a new volume",
    ),
)

_BADGER = re.compile(r"badger (\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) (DEBUG|INFO|WARNING|ERROR): (.*)", re.DOTALL)


def read_badger(text: str) -> Parsed | None:
    """Read what the store inside writes past zap: `badger 2026/11/21 10:47:37 INFO: message`."""
    from stackctl.services.lines.parsed import LEVELS, Parsed

    match = _BADGER.fullmatch(text)
    return Parsed(LEVELS[match[2]], match[3], {"logger": "badger"}, match[1]) if match else None


def lines() -> LineFormats:
    """Give the shapes of the log: zap's console lines in version 2, JSON in version 1."""
    from stackctl.services.lines.formats import LineFormats
    from stackctl.services.lines.zap import zap_console

    return LineFormats(texts=(zap_console, read_badger))


DRIVER = Driver(
    name="jaeger",
    images=("jaegertracing/jaeger", "jaegertracing/all-in-one", "jaeger", "stackctl/jaeger"),
    recipe="jaeger",
    endpoints=(
        Endpoint(16686, "http", label="Jaeger"),
        Endpoint(4317, "grpc", label="OTLP gRPC"),
        Endpoint(4318, "http", "/v1/traces", label="OTLP HTTP"),
    ),
    probe="http",
    probe_path="/status",
    data=("/badger",),
    failures=FAILURES,
    lines=lines,
    trace_path="/trace/{id}",
)
