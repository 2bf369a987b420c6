"""MongoDB: the official image, and FerretDB behind the same contract as the local one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stackctl.services.base import Driver, Endpoint, LocalPage, Login, Metrics
from stackctl.services.derivation import uri
from stackctl.services.failures import Failure
from stackctl.services.initial import Initial
from stackctl.services.store_clients import MONGODB

if TYPE_CHECKING:
    from stackctl.services.lines.formats import LineFormats
    from stackctl.services.lines.parsed import Parsed

# Words of mongod (a line of JSON each) and of FerretDB, which stands in for it in the local image.
FAILURES = (
    Failure(
        r"UPGRADE PROBLEM|Invalid featureCompatibilityVersion|Wrong mongod version"
        r"|featureCompatibilityVersion document.*(?:invalid|required)|This version of MongoDB is too recent"
        r"|unsupported WiredTiger file version|found version that is no longer supported",
        "data-version-mismatch",
        "the data of {service} was written by another major version of MongoDB",
        "use the version that wrote it, then upgrade one major version at a time",
    ),
    Failure(
        r"DBPathInUse|Unable to (?:lock|create/open) the lock file.*(?:Resource temporarily unavailable|Another mongod)"
        r"|database is locked|WiredTiger.*Resource temporarily unavailable",
        "data-locked",
        "the data of {service} is in use by another process",
        "stop the other one, or give each a volume of its own",
    ),
    Failure(
        r"WiredTiger(?:\.wt| metadata| error).*(?:corrupt|WT_TRY_SALVAGE|WT_PANIC|read checksum error)|WT_TRY_SALVAGE"
        r"|database disk image is malformed|file is not a database",
        "data-corrupt",
        "the data of {service} is damaged",
        "restore a backup; mongod --repair on a copy may save what is left",
    ),
    Failure(
        r"(?:Unable to create/open the lock file|Attempted to create a lock file"
        r"|IllegalOperation).*(?:Permission denied|"
        r"Read-only|read-only)|/data/(?:db|configdb).*[Pp]ermission denied|[Pp]ermission denied.*/data/(?:db|configdb)"
        r"|unable to open database file",
        "permission-denied",
        "{service} may not write its data",
        "let it run as the owner of its data (999), or hand the volume over",
    ),
    Failure(
        r"this local image cannot do (?P<why6>.+?)[\":]|Unrecognized option: (?P<why>\S+)"
        r"|unknown option (?P<why5>[^\s\"]+)"
        r"|Error parsing (?:YAML|INI) config file: (?P<why2>.+)"
        r"|BadValue: (?P<why3>[^\"]+)"
        r"|Error reading config file:? (?P<path>/[^\s:]+)|unknown flag (?P<why4>\S+)",
        "service-config-invalid",
        "{service} rejects its configuration or an option: {why}",
        "correct the option",
    ),
)

# mongod's letters, from 4.4 on; D1 to D5 are ever finer.
_LEVELS = {"F": "fatal", "E": "error", "W": "warn", "I": "info", "D": "debug"}


def read_object(value: dict[str, Any]) -> Parsed:
    """Read a line of mongod; FerretDB and the entrypoint write objects of the common kind.

    `attr` holds what was said about the event: its parts are the fields, beside component and context.
    """
    from stackctl.services.lines.objects import parse_object
    from stackctl.services.lines.parsed import Parsed

    letter = value.get("s")
    if not isinstance(letter, str) or "c" not in value:
        return parse_object(value)
    attributes = value.pop("attr", None)
    time, message = value.pop("t", None), value.pop("msg", "")
    del value["s"]
    fields = {"component": value.pop("c"), **(attributes if isinstance(attributes, dict) else {}), **value}
    return Parsed(_LEVELS.get(letter[:1], ""), str(message), fields, time)


def lines() -> LineFormats:
    """Give the shapes of the log."""
    from stackctl.services.lines.formats import LineFormats
    from stackctl.services.lines.zap import zap_console

    return LineFormats(read_object, (zap_console,))


DRIVER = Driver(
    name="mongodb",
    images=("mongo", "mongodb", "mongodb-community-server", "stackctl/mongodb"),
    recipe="mongodb",
    endpoints=(Endpoint(27017, "mongodb", label="MongoDB", tail="/?authSource=admin"),),
    login=Login("root", "mongo_root"),
    probe="mongo",
    data=("/data/db",),
    initial=Initial(
        {"MONGO_INITDB_ROOT_USERNAME": "", "MONGO_INITDB_ROOT_PASSWORD": ""},
        user="MONGO_INITDB_ROOT_USERNAME",
        change="mongosh admin -u {user} -p --eval 'db.changeUserPassword(\"{user}\", passwordPrompt())'",
    ),
    derive={
        "mongodb-uri": uri(
            "mongodb",
            {"user": "root", "host": "mongodb", "port": "27017", "database": ""},
            tail="?authSource=admin",
        )
    },
    failures=FAILURES,
    metrics=Metrics(("ferretdb_up", "process_resident_memory_bytes")),
    # The official image has no such page, and its exporter takes no password file: the password would stand in
    # `docker inspect`.
    local_page=LocalPage(alias="mongodb-metrics", job="mongodb"),
    lines=lines,
    client=MONGODB,
)
