"""redis_exporter: the metrics page that Redis itself has not."""

from __future__ import annotations

import json
from collections.abc import Sequence

from stackctl.services.base import Driver, Endpoint, Metrics
from stackctl.services.derivation import plain
from stackctl.services.redis import EXPORTER

ADDRESS = "redis:6379"  # as the core stack names it: the exporter looks its password up by address and user


def password_file(values: Sequence[str]) -> str:
    """Give the password file for one password: a JSON object, address → password.

    Source: redis_exporter, README, `redis.password-file`.
    """
    return json.dumps({f"redis://{EXPORTER}@{ADDRESS}": values[0]})


DRIVER = Driver(
    name="redis-exporter",
    images=("oliver006/redis_exporter", "redis_exporter", "stackctl/redis-exporter"),
    recipe="redis-exporter",
    endpoints=(Endpoint(9121, "http", "/metrics", label="Redis metrics"),),
    probe="http",
    probe_path="/health",
    derive={"redis-exporter-file": plain(password_file)},
    metrics=Metrics(
        ("redis_memory_used_bytes", "redis_commands_processed_total"),
        up="redis_up",
        why_down="it cannot log in to Redis, or Redis does not answer",
    ),
)
