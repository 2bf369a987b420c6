"""Redis: password by an ACL file that holds its SHA-256, so the file itself gives nothing away."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from stackctl.services.base import Driver, Endpoint, Login
from stackctl.services.derivation import plain, uri
from stackctl.services.failures import Failure
from stackctl.services.store_clients import REDIS

# What redis_exporter asks, and no key: its README names these and more for options that are off here.
EXPORTER = "exporter"
EXPORTER_RIGHTS = (
    "-@all +ping +info +config|get +client|setname +client|list +select +slowlog|len +slowlog|get"
    " +latency|latest +latency|histogram +cluster|info"
)
if TYPE_CHECKING:
    from stackctl.services.lines.formats import LineFormats
    from stackctl.services.lines.parsed import Parsed


def acl_file(values: Sequence[str]) -> str:
    """Give the ACL file for one password (the default user, everything allowed) and, second, that of the exporter.

    Source: redis.io/docs, ACL: `#<sha256>` adds a password by its hash.
    """
    hashes = [hashlib.sha256(value.encode()).hexdigest() for value in values]
    lines = [f"user default on #{hashes[0]} ~* &* +@all"]
    if len(hashes) > 1:
        lines.append(f"user {EXPORTER} on #{hashes[1]} resetkeys resetchannels {EXPORTER_RIGHTS}")
    return "\n".join(lines)


# Words of Redis 6 to 8 and Valkey.
FAILURES = (
    Failure(
        r"Reading the configuration file, at line (?P<line>\d+)",
        "service-config-invalid",
        "{service} rejects line {line} of its configuration: {why}",
        "correct line {line}, or the option in the command that it stands for",
    ),
    Failure(
        r"(?:# )?>>> '(?P<why>[^']+)'",
        "service-config-invalid",
        "{service} rejects a line of its configuration: {why}",
        "correct the line {why}",
    ),
    Failure(
        r"Fatal error, can't open config file '(?P<path>[^']+)'(?:: (?P<why>.+))?",
        "service-config-invalid",
        "{service} cannot open its configuration file {path}: {why}",
        "mount the file there, or correct the path",
    ),
    Failure(
        r"Error loading ACLs?,? ?(?P<why>.*)"
        r"|Aborting Redis startup because of ACL errors: (?P<path>/\S+?):(?P<line>\d+)"
        r"|(?:user|users).acl:(?P<why2>.+)",
        "service-config-invalid",
        "{service} rejects its ACL file {why}",
        "correct the ACL file",
    ),
    Failure(
        r"Can't handle RDB format version (?P<why>\d+)",
        "data-version-mismatch",
        "{service} cannot read its data: the file was written by a newer version (RDB format {why})",
        "use the version that wrote it, or a newer one",
    ),
    Failure(
        r"Bad file format reading the append only file|AOF .*(?:is not valid|is truncated|damaged)"
        r"|Unexpected end of file reading the append only file|AOF loading (?:aborted|failed)|Invalid AOF manifest"
        r"|Error reading the append only file|The AOF (?:file|base file|manifest).*(?:doesn't exist|error|invalid)",
        "data-corrupt",
        "{service} cannot read its append-only file: it is damaged",
        "restore a backup, or repair a copy: redis-check-aof --fix",
    ),
    Failure(
        r"Short read or OOM loading DB|Wrong signature trying to load DB|RDB CRC error|Internal error in RDB"
        r"|Terminating server after rdb file reading failure|Fatal error loading the DB",
        "data-corrupt",
        "{service} cannot read its dump.rdb: it is damaged",
        "restore a backup; see what is left: redis-check-rdb",
    ),
    Failure(
        r"Can't open or create append-only dir (?P<path>\S+): (?:Permission denied|Read-only)"
        r"|Can't chdir to '(?P<path2>[^']+)': Permission denied"
        r"|Can't open the (?:append-only|AOF).*: Permission denied",
        "permission-denied",
        "{service} may not write its data {path}",
        "let it run as the owner of its data, or hand the volume over",
    ),
    Failure(
        r"Can't chdir to '(?P<why>[^']+)': No such file",
        "service-config-invalid",
        "{service} has no folder {why} for its data (dir)",
        "correct dir, or mount a volume there",
    ),
)

_LINE = re.compile(r"(\d+):([MSCX]) (\d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d{3}) ([.*#-]) (.*)", re.DOTALL)
_SIGNAL = re.compile(r"(\d+):signal-handler \((\d+)\) (.*)", re.DOTALL)
# server.c: there is no level for errors, `#` is the highest.
_LEVELS = {".": "debug", "-": "debug", "*": "info", "#": "warn"}
_ROLES = {"M": "primary", "S": "replica", "C": "child", "X": "sentinel"}


def read_text(text: str) -> Parsed | None:
    """Read `1:M 22 Aug 2026 10:00:00.123 * message`, and what a signal handler writes."""
    from stackctl.services.lines.parsed import Parsed

    match = _LINE.fullmatch(text)
    if match:
        pid, role, time, level, message = match.groups()
        return Parsed(_LEVELS[level], message, {"role": _ROLES[role], "pid": pid}, time)
    match = _SIGNAL.fullmatch(text)
    return Parsed("info", match[3], {"pid": match[1]}, match[2]) if match else None


def lines() -> LineFormats:
    """Give the shapes of the log."""
    from stackctl.services.lines.formats import LineFormats

    return LineFormats(texts=(read_text,))


DRIVER = Driver(
    name="redis",
    images=("redis", "redis-stack-server", "valkey", "stackctl/redis"),
    recipe="redis",
    endpoints=(Endpoint(6379, "redis", label="Redis", tail="/0"),),
    login=Login("default", "redis_password"),
    probe="redis",
    data=("/data",),
    derive={
        "redis-acl": plain(acl_file),
        "redis-uri": uri("redis", {"user": "default", "host": "redis", "port": "6379", "database": "0"}),
    },
    failures=FAILURES,
    lines=lines,
    client=REDIS,
)
