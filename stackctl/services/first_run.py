"""Images that run a server of their own for a moment before the real one, when their volume is empty.

The entrypoints of the official databases start a first server to make users, stop it, and start the real one. It
listens on the loopback or a socket alone, so nobody else can use it; but a probe inside the container is answered by
it. Asked every 10 s such a probe hardly ever meets it; asked four times a second it always would.
Source: docker-entrypoint.sh of mongo (--bind_ip 127.0.0.1), postgres (listen_addresses=''), mysql and mariadb
(--skip-networking).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from stackctl.services.base import repository_of


@dataclass(frozen=True)
class FirstRun:
    """Images, by the end of their repository; a probe that matches `outside` cannot meet the first server.

    `wanted_by` are variables without which there is no first server; empty: there always is one.
    """

    images: str
    outside: str
    wanted_by: tuple[str, ...] = ()


_KNOWN = (
    FirstRun(r"mongo|mongodb", r"(?i)hostname|--host[ =]+(?!localhost|127\.)\w", ("MONGO_INITDB_ROOT_USERNAME",)),
    FirstRun(r"postgres|postgis|timescaledb|pgvector", r"(^|\s)(-h|--host)\b|://[^/\s]*@"),
    FirstRun(r"mysql|mariadb|percona", r"127\.0\.0\.1|(?i:protocol[ =]+tcp)"),
)
_SCRIPTS = "/docker-entrypoint-initdb.d"


def meets_first_server(image: str, probe: str, environment: Mapping[str, object], targets: tuple[str, ...]) -> bool:
    """Say whether a probe's text may be answered by the first server of an empty volume; in doubt yes.

    `targets` are the container paths of the mounts: scripts that are mounted for the first run want a server too.
    """
    repository = repository_of(image)
    if repository.startswith("stackctl/"):
        return False  # the local recipes have no such server
    for known in _KNOWN:
        if re.fullmatch(rf"(?:.*/)?(?:{known.images})", repository):
            scripts = any(target.startswith(_SCRIPTS) for target in targets)
            wanted = not known.wanted_by or scripts or any(environment.get(name) for name in known.wanted_by)
            return wanted and not re.search(known.outside, probe)
    return False
