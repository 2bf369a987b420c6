"""NGINX: a proxy without data; its key and its certificate are secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackctl.services.base import Driver, Endpoint
from stackctl.services.failures import Failure
from stackctl.services.tls import AUTHORITY_DERIVATION, CERTIFICATE_DERIVATION

if TYPE_CHECKING:
    from stackctl.services.lines.formats import LineFormats
    from stackctl.services.lines.parsed import Parsed

# Words of 1.22 to 1.28 (ngx_conf_file.c, ngx_event_openssl.c, ngx_connection.c).
FAILURES = (
    Failure(
        r"nginx: \[emerg\] host not found in upstream \"(?P<why>[^\"]+)\" in (?P<path>[^:]+):(?P<line>\d+)",
        "dependency-unknown-host",
        "{service} looks for {why}, and nobody has that name (line {line} of {path})",
        "correct the name, share a network with it, or look it up later: resolver 127.0.0.11 and a variable",
    ),
    Failure(
        r"nginx: \[emerg\] cannot load certificate(?: key)? \"(?P<path>[^\"]+)\": (?P<why>.+)",
        "service-config-invalid",
        "{service} cannot load {path}: {why}",
        "mount the certificate and its key there, readable for its user",
    ),
    Failure(
        r"nginx: \[emerg\] bind\(\) to \S+ failed \(13: Permission denied\)",
        "permission-denied",
        "{service} may not listen on a port below 1024",
        "let it listen on a port above 1023, or add the capability NET_BIND_SERVICE",
    ),
    Failure(
        r"nginx: \[emerg\] (?:open|mkdir)\(\) \"(?P<path>[^\"]+)\" failed \(30: Read-only file system\)",
        "read-only-filesystem",
        "{service} writes {path}, where it may only read",
        "point pid and the temp paths into a tmpfs",
    ),
)

_ERROR = re.compile(r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(\w+)\] (\d+)#\d+: (.*)", re.DOTALL)
_ACCESS = re.compile(
    r'(?P<client>\S+) - \S+ \[(?P<time>[^\]]+)\] "(?P<request>[^"]*)" (?P<status>\d{3}) (?P<bytes>\d+).*'
)
_LEVELS = {"emerg": "fatal", "alert": "fatal", "crit": "error", "error": "error", "warn": "warn", "notice": "info"}


def read_error(text: str) -> Parsed | None:
    """Read `2026/11/21 14:00:00 [error] 7#7: *1 message`."""
    from stackctl.services.lines.parsed import Parsed

    match = _ERROR.fullmatch(text)
    if match is None:
        return None
    time, level, pid, message = match.groups()
    return Parsed(_LEVELS.get(level, level), message, {"pid": pid}, time.replace("/", "-"))


def read_access(text: str) -> Parsed | None:
    """Read the format `combined`; an answer of 500 or more is an error."""
    from stackctl.services.lines.parsed import Parsed

    match = _ACCESS.fullmatch(text)
    if match is None:
        return None
    status = int(match["status"])
    method, _space, rest = match["request"].partition(" ")
    fields: dict[str, object] = {"client": match["client"], "method": method, "path": rest.rpartition(" ")[0] or rest}
    fields |= {"status": status, "bytes": int(match["bytes"])}
    level = "error" if status >= 500 else "warn" if status >= 400 else "info"
    return Parsed(level, f"{match['request']} {status}", fields, match["time"])


def lines() -> LineFormats:
    """Give the shapes of the log."""
    from stackctl.services.lines.formats import LineFormats

    return LineFormats(texts=(read_error, read_access))


DRIVER = Driver(
    name="nginx",
    images=("nginx", "nginx-unprivileged", "stackctl/nginx"),
    recipe="nginx",
    endpoints=(
        Endpoint(80, "http", label="NGINX"),
        Endpoint(443, "https", label="NGINX"),
        Endpoint(8443, "https", label="NGINX"),
    ),
    probe="http",
    probe_path="/",
    derive={"tls-ca": AUTHORITY_DERIVATION, "tls-cert": CERTIFICATE_DERIVATION},
    failures=FAILURES,
    lines=lines,
)
