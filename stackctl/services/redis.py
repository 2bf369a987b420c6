"""Redis: password by an ACL file that holds its SHA-256, so the file itself gives nothing away."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from stackctl.services.base import Driver, Endpoint, Login


def acl_file(values: Sequence[str]) -> str:
    """Give the ACL file for one password: the default user, everything allowed.

    Source: redis.io/docs, ACL: `#<sha256>` adds a password by its hash.
    """
    digest = hashlib.sha256(values[0].encode()).hexdigest()
    return f"user default on #{digest} ~* &* +@all"


DRIVER = Driver(
    name="redis",
    images=("redis", "redis-stack-server", "valkey", "stackctl/redis"),
    recipe="redis",
    endpoints=(Endpoint(6379, "redis", label="Redis"),),
    login=Login("default", "redis_password"),
    probe="redis",
    data=("/data",),
    derive={"redis-acl": acl_file},
)
