"""PostgreSQL: the official image's login, psql as it is set up there, its log lines, its words for what goes wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackctl.services.base import Client, Driver, Endpoint, Login
from stackctl.services.failures import Failure
from stackctl.services.initial import Initial

if TYPE_CHECKING:
    from stackctl.services.lines.formats import LineFormats
    from stackctl.services.lines.parsed import Parsed

# Words of 12 to 18 (src/backend) and of the image's entrypoint. Versions, locks and damage: see others.py.
FAILURES = (
    Failure(
        r"Database is uninitialized and superuser password is not specified",
        "variable-missing",
        "{service} needs a password for its first start",
        "give it POSTGRES_PASSWORD_FILE, or POSTGRES_PASSWORD",
    ),
    Failure(
        r"data directory \"(?P<path>[^\"]+)\" has (?P<why>wrong ownership|invalid permissions)"
        r"|initdb: error: could not (?:change permissions of|access) directory \"(?P<path2>[^\"]+)\": (?P<why2>.+)"
        r"|chmod: changing permissions of '(?P<path3>[^']+)': (?P<why3>Operation not permitted|Permission denied)",
        "permission-denied",
        "{service} may not use its data folder {path}: {why}",
        "let its user own the volume",
    ),
    Failure(
        r"initdb: error: directory \"(?P<path>[^\"]+)\" exists but is not empty",
        "service-config-invalid",
        "{service} finds files in {path} that are no database",
        "give it an empty volume, or set PGDATA to a folder below",
    ),
    Failure(
        r"FATAL:  could not (?:write|extend|create) .*No space left on device",
        "disk-full",
        "{service} has no space left for its data",
        "free space",
    ),
)

_LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) (\S+) \[(\d+)\] (?:\S+ )?([A-Z0-9]+):  (.*)", re.DOTALL)
_LEVELS = {"LOG": "info", "NOTICE": "info", "INFO": "info", "STATEMENT": "info", "DETAIL": "info", "HINT": "info"}
_LEVELS |= {"WARNING": "warn", "ERROR": "error", "FATAL": "fatal", "PANIC": "fatal", "CONTEXT": "info"}


def read_text(text: str) -> Parsed | None:
    """Read `2026-11-21 14:00:00.123 UTC [1] LOG:  message` (log_line_prefix of the image, '%m [%p] ')."""
    from stackctl.services.lines.parsed import Parsed

    match = _LINE.fullmatch(text)
    if match is None:
        return None
    time, zone, pid, level, message = match.groups()
    known = _LEVELS.get(level) or ("debug" if level.startswith("DEBUG") else "")
    return Parsed(known, message, {"pid": pid}, time if zone in ("UTC", "GMT") else None)


def lines() -> LineFormats:
    """Give the shapes of the log."""
    from stackctl.services.lines.formats import LineFormats

    return LineFormats(texts=(read_text,))


# The server's own socket asks nobody for a password, in the official image and in the local one.
CLIENT = Client(
    (
        "sh",
        "-c",
        'exec psql -U "${POSTGRES_USER:-postgres}" -d "${POSTGRES_DB:-${POSTGRES_USER:-postgres}}" "$@"',
        "psql",
    )
)

DRIVER = Driver(
    name="postgres",
    images=("postgres", "stackctl/postgres"),
    recipe="postgres",
    endpoints=(Endpoint(5432, "postgresql", label="PostgreSQL", tail="/postgres"),),
    login=Login("postgres", "postgres_password"),
    data=("/var/lib/postgresql/data", "/var/lib/postgresql"),
    initial=Initial(
        {"POSTGRES_USER": "postgres", "POSTGRES_PASSWORD": ""},
        user="POSTGRES_USER",
        change="psql -U {user} -d postgres -c '\\password'",
    ),
    failures=FAILURES,
    lines=lines,
    client=CLIENT,
)
