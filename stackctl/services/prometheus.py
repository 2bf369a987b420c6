"""Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.services.base import Driver, Endpoint
from stackctl.services.failures import Failure

if TYPE_CHECKING:
    from stackctl.services.lines.formats import LineFormats

# Words of Prometheus 2 and 3.
FAILURES = (
    Failure(
        r"parsing YAML file (?P<path>[^\s:]+): yaml: (?:unmarshal errors:.*?)?(?:\\n)?\s*(?:line (?P<line>\d+): )?"
        r"(?P<why>[^\"]*)",
        "service-config-invalid",
        "{service} rejects {path}: {why}",
        "correct the line",
    ),
    Failure(
        r"(?:Error loading config|couldn't load configuration).*?\(--config\.file=\\?\"?(?P<path>[^\"\\)]+)\\?\"?\).*?"
        r"open [^:]+: permission denied",
        "permission-denied",
        "{service} may not read {path}",
        "make the file readable for all: chmod o+r",
    ),
    Failure(
        r"open (?P<path>\S+): permission denied.*(?:config|rule)",
        "permission-denied",
        "{service} may not read {path}",
        "make the file readable for all: chmod o+r",
    ),
    Failure(
        r"Error loading config.*read (?P<path>[^:\s]+): is a directory",
        "mount-type-mismatch",
        "{service} reads the file {path}, and a folder is mounted there",
        "remove the folder and put the file there",
    ),
    Failure(
        r"Error loading config.*?(?:open (?P<path>[^:\s]+): )?(?P<why>no such file or directory)",
        "service-config-invalid",
        "{service} has no configuration file {path}",
        "mount the file there, or correct --config.file",
    ),
    Failure(
        r"(?:Error loading config|couldn't load configuration|parsing YAML file).*?(?P<path>/[\w./-]+\.ya?ml)"
        r".*?(?P<why>[^\"\\]+)\"?$",
        "service-config-invalid",
        "{service} rejects {path}: {why}",
        "correct the file",
    ),
    Failure(
        r"(?P<path>/[^\s:]+\.(?:ya?ml|rules)): (?:(?P<line>\d+):\d+: )?(?P<why>(?:group|could not parse|yaml).*)",
        "service-config-invalid",
        "{service} rejects {path}: {why}",
        "correct the rule",
    ),
    Failure(
        r"Error parsing command line arguments|unknown (?:long|short) flag '(?P<why>[^']+)'",
        "service-config-invalid",
        "{service} does not know the option {why}",
        "correct the command",
    ),
    Failure(
        r"lock DB directory: resource temporarily unavailable|opening storage failed: lock",
        "data-locked",
        "the data of {service} is in use by another Prometheus",
        "stop the other one, or give each a volume of its own",
    ),
    Failure(
        r"(?:open query log|Opening storage failed|opening storage failed|Unable to create mmap"
        r"|create dir|queries\.active)"
        r".*(?:permission denied|read-only file system)|panic: Unable to create mmap-ed active query log",
        "permission-denied",
        "{service} may not write its data",
        "let its user (65534) own the volume or the folder",
    ),
    Failure(
        r"(?:opening storage failed|Opening storage failed).*?(?P<why>(?:corrupt|repair|invalid"
        r"|unexpected|unknown)[^\"]*)"
        r"|corruption in segment|unrecoverable.*WAL",
        "data-corrupt",
        "{service} cannot read its data: {why}",
        "restore a backup, or move the damaged block away",
    ),
)


def lines() -> LineFormats:
    """Give the shapes of the log: gokit's logfmt in version 2, slog's in version 3, JSON where it is asked for."""
    from stackctl.services.lines.formats import LineFormats
    from stackctl.services.lines.logfmt import logfmt

    return LineFormats(texts=(logfmt,))


DRIVER = Driver(
    name="prometheus",
    images=("prom/prometheus", "prometheus", "stackctl/prometheus"),
    recipe="prometheus",
    endpoints=(Endpoint(9090, "http", label="Prometheus"),),
    probe="http",
    probe_path="/-/ready",
    data=("/prometheus",),
    failures=FAILURES,
    lines=lines,
)
