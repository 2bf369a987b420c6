"""Grafana."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackctl.services.base import Driver, Endpoint, Login
from stackctl.services.failures import Failure
from stackctl.services.initial import Initial

if TYPE_CHECKING:
    from stackctl.services.lines.formats import LineFormats

# Words of Grafana 9 to 13.
FAILURES = (
    Failure(
        r"[Pp]rovisioning error: (?P<why>[^\"]+)|failed to (?:parse|read) provisioning[^\"]*(?P<why2>[^\"]*)"
        r"|Failed to provision [^\"]*\"(?: error=\"(?:\w+ provisioning error: )?(?P<why3>[^\"]+))?",
        "service-config-invalid",
        "{service} rejects a provisioning file: {why}",
        "correct the file under /etc/grafana/provisioning",
    ),
    Failure(
        r"(?:Failed to parse|failed to parse|error parsing) \"?(?P<path>/[^\s\",:]+\.(?:ini"
        r"|toml))\"?[,:]? ?(?P<why>.*)",
        "service-config-invalid",
        "{service} rejects {path}: {why}",
        "correct the file",
    ),
    Failure(
        r"database is locked",
        "data-locked",
        "the database of {service} is locked: another Grafana has it open",
        "stop the other one, or give each a volume of its own",
    ),
    Failure(
        r"database disk image is malformed|file is not a database",
        "data-corrupt",
        "the database of {service} is damaged",
        "restore a backup of grafana.db",
    ),
    Failure(
        r"cipher: message authentication failed|failed to decrypt.*(?:secret|data key)",
        "credentials-changed",
        "{service} cannot decrypt its database: its secret key is another one than before",
        "set the old GF_SECURITY_SECRET_KEY again",
    ),
    Failure(
        r"[Mm]igration failed.*|failed to (?:execute|run) migration.*",
        "data-version-mismatch",
        "{service} cannot migrate its database: another version wrote it",
        "use the version that wrote it, or restore a backup",
    ),
    Failure(
        r"GF_PATHS_DATA='(?P<path>[^']+)' is not writable"
        r"|mkdir: can't create directory '(?P<path2>/var/lib/grafana[^']*)'"
        r"|unable to open database file",
        "permission-denied",
        "{service} may not write its data {path}",
        "let its user (472) own the volume or the folder",
    ),
)


def lines() -> LineFormats:
    """Give the shapes of the log: logfmt, the logger first; JSON where it is asked for."""
    from stackctl.services.lines.formats import LineFormats
    from stackctl.services.lines.logfmt import logfmt

    return LineFormats(texts=(logfmt,))


DRIVER = Driver(
    name="grafana",
    images=("grafana/grafana", "grafana/grafana-oss", "grafana/grafana-enterprise", "grafana", "stackctl/grafana"),
    recipe="grafana",
    endpoints=(Endpoint(3000, "http", label="Grafana"),),
    login=Login("admin", "grafana_admin"),
    probe="http",
    probe_path="/api/health",
    data=("/var/lib/grafana",),
    # The key has a value of its own in conf/defaults.ini; which one does not matter, only that it stays.
    initial=Initial(
        {"GF_SECURITY_ADMIN_USER": "admin", "GF_SECURITY_ADMIN_PASSWORD": "admin", "GF_SECURITY_SECRET_KEY": ""},
        file="__FILE",
        user="GF_SECURITY_ADMIN_USER",
        change="grafana cli admin reset-admin-password --password-from-stdin",
        piped=True,
    ),
    failures=FAILURES,
    lines=lines,
)
