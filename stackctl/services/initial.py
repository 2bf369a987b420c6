"""What a service reads only while its data is empty: its first login, and keys that encrypt what it stores.

Later the data knows them, and another value in the environment opens nothing. Each entry is the image's own
documentation or entrypoint: mongo (docker-entrypoint.sh skips the creation where a database is), grafana (the password
of the first user; secret_key encrypts data sources), postgres ("will only have an effect if you start the container
with a data directory that is empty"), mysql and mariadb (the same words).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Initial:
    """Variables, each with its value where nobody gives one.

    `file` ends the name of the variable that names a file instead; `data` are the container paths that hold the data.
    `user` is the variable with the login's name. `change` is a command for the container that changes the password:
    `{user}` stands for that name; `piped` says that it takes the new password from its input, else it asks.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    file: str = "_FILE"
    data: tuple[str, ...] = ()
    user: str = ""
    change: str = ""
    piped: bool = False


_MYSQL = ("ROOT_PASSWORD", "USER", "PASSWORD")

# Stores that have no driver here, by the end of their image's repository.
OTHERS: tuple[tuple[str, Initial], ...] = (
    (
        r"postgres|postgis|timescaledb|pgvector",
        Initial(
            {"POSTGRES_USER": "postgres", "POSTGRES_PASSWORD": ""},
            data=("/var/lib/postgresql/data", "/var/lib/postgresql"),
            user="POSTGRES_USER",
            change="psql -U {user} -d postgres -c '\\password'",
        ),
    ),
    (
        r"mysql|mariadb|percona",
        Initial({f"{maker}_{name}": "" for maker in ("MYSQL", "MARIADB") for name in _MYSQL}, data=("/var/lib/mysql",)),
    ),
)


def initial_of_image(repository: str) -> Initial | None:
    """Give what an image without a driver reads only once; None where nobody knows."""
    return next((item for images, item in OTHERS if re.fullmatch(rf"(?:.*/)?(?:{images})", repository)), None)
