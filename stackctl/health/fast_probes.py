"""Which health checks ask faster while their service starts, and how fast. Values in, values out.

The meaning of *ready* must not change. The engine counts no failure inside the start period, so a long one forgives
more than the author did, never less; and what the author would have called unhealthy is judged by the author's own
arithmetic (`Arithmetic.gives_up`), not by when the engine says so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from stackctl.health.arithmetic import arithmetic
from stackctl.services.first_run import meets_first_server
from stackctl.services.registry import driver_for
from stackctl.stack.probe_overlay import FastCheck

if TYPE_CHECKING:
    from stackctl.stack.model import Service, Stack

# Measured in the images of the core stack, CPU of one probe in its container: `test`, a shell, wget 17 ms, redis-cli
# 22 ms, curl 25 ms, Python 30 to 64 ms by what it imports, mongosh 590 ms. The pause keeps a starting service's probe
# at about a tenth of a core; a probe that would need more than a second's pause has a second, or nobody sees it well.
CHEAP = 0.25
MIDDLE = 0.5
DEAR = 1.0
_MIDDLE = re.compile(r"\b(python\d?(\.\d+)?|perl|php|ruby|lua)\b")
_DEAR = re.compile(r"\b(mongosh|mongo|node|java|cqlsh|kafka-[\w-]+|rabbitmq\w*|dotnet)\b")


def fast_checks(stack: Stack, images: Mapping[str, str], filled: Collection[str]) -> dict[str, FastCheck]:
    """Give what to add, by service.

    `images` are the images that stand in for the files' own, by service; `filled` are the engine's names of volumes
    that are known to hold data.
    """
    found = {name: _fast(stack, service, images.get(name, ""), filled) for name, service in stack.services.items()}
    return {name: check for name, check in found.items() if check}


def _fast(stack: Stack, service: Service, image: str, filled: Collection[str]) -> FastCheck | None:
    check = service.healthcheck
    if not check or not service.probed or check.get("start_interval"):
        return None
    own = arithmetic(check)
    text = probe_text(service)
    pause = DEAR if _DEAR.search(text) else MIDDLE if _MIDDLE.search(text) else CHEAP
    if own.interval <= pause:
        return None
    targets = tuple(mount.target for mount in service.mounts)
    meets = meets_first_server(image or service.image, text, service.environment, targets)
    if meets and not _has_data(stack, service, filled):
        return None
    # With a start period of the author's, the first failure that counts may come an interval after its end; with a
    # fast one it comes at its end. The difference is added, or a slow starter would lose up to one interval.
    period = own.first_counted if own.start_period else own.interval * own.retries
    return FastCheck(pause, period)


def probe_text(service: Service) -> str:
    """Give the words of a service's probe as one text."""
    test = (service.healthcheck or {}).get("test") or ""
    return test if isinstance(test, str) else " ".join(str(word) for word in test)


def _has_data(stack: Stack, service: Service, filled: Collection[str]) -> bool:
    paths = driver_for(service.image, service.labels).data
    keys = [mount.source for mount in service.mounts if mount.kind == "volume" and mount.target.rstrip("/") in paths]
    names = [stack.volumes[key].name for key in keys if key in stack.volumes]
    return bool(names) and all(name in filled for name in names)
