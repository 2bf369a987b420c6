"""Does a registry answer at all? Asked before the first pull, so that a machine without one notices within seconds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from stackctl.engine.net import tcp_answers

if TYPE_CHECKING:
    from stackctl.engine.values import EngineFacts

SECONDS = 3.0
HUB = "docker.io"

Reach = Callable[[str, int, float], bool]
"""Says whether somebody accepts a connection at host and port within these seconds."""


def reach_by_tcp(host: str, port: int, seconds: float) -> bool:
    """See Reach."""
    return tcp_answers(host, port, seconds) == "answers"


def registry_of(image: str) -> str:
    """Give the registry of an image, `host` or `host:port`: a first part that has a dot or a colon, or is localhost."""
    first, slash, _rest = image.partition("/")
    return first if slash and ("." in first or ":" in first or first == "localhost") else HUB


def addresses(registry: str) -> list[tuple[str, int]]:
    """Give where a registry may listen: an insecure one without a port is asked on 443 and 80."""
    if registry in (HUB, "index.docker.io"):
        return [("registry-1.docker.io", 443)]
    host, colon, port = registry.rpartition(":")
    if colon and port.isdigit():
        return [(host.strip("[]"), int(port))]
    return [(registry, 443), (registry, 80)]


def can_ask(facts: EngineFacts) -> bool:
    """Say whether our own connection tells anything: not where the engine has a proxy, a mirror, or a machine apart."""
    return facts.local and not facts.proxies and not facts.mirrors


def silent(registries: Iterable[str], reach: Reach, seconds: float = SECONDS) -> set[str]:
    """Give the registries of which no address answers. All are asked at once, so that it takes `seconds` in total."""
    asked = [(registry, host, port) for registry in sorted(set(registries)) for host, port in addresses(registry)]
    if not asked:
        return set()
    with ThreadPoolExecutor(len(asked)) as pool:
        answers = list(pool.map(lambda item: reach(item[1], item[2], seconds), asked))
    heard: Collection[str] = {item[0] for item, answer in zip(asked, answers, strict=True) if answer}
    return {item[0] for item in asked} - set(heard)
