"""What a container of the same network sees: does a name resolve, and what does the service behind it say."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackctl.engine.helper import IMAGE, run_words
from stackctl.errors import EngineError
from stackctl.verify.site import RESTART_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackctl.engine.speak import Kind
    from stackctl.verify.site import Site

NO_HELPER = f"there is no image {IMAGE} to look from: stackctl images --build tools"
# All names at once, again while one does not answer: it may be starting. What an answer means is read here.
_SCRIPT = """
import json, socket, sys, time
from concurrent.futures import ThreadPoolExecutor
targets, end = json.loads(sys.argv[1]), time.monotonic() + float(sys.argv[2])
def once(host, port, request):
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        return [False, "silent"]
    if not port:
        return [True, "silent"]
    try:
        with socket.create_connection((host, port), 2) as connection:
            connection.settimeout(2)
            connection.sendall(bytes.fromhex(request))
            return [True, "said " + connection.recv(65536).hex()]
    except ConnectionRefusedError:
        return [True, "refused"]
    except OSError:
        return [True, "silent"]
def look(target):
    found = once(*target)
    while (not found[0] or (target[1] and not found[1].startswith("said"))) and time.monotonic() < end:
        time.sleep(0.25)
        found = once(*target)
    return found
with ThreadPoolExecutor(len(targets)) as pool:
    print(json.dumps(list(pool.map(look, targets))))
"""


@dataclass(frozen=True)
class Target:
    """A service in a network, and the bytes that ask it; `kind` is None where nobody knows how."""

    service: str
    network: str
    kind: Kind | None
    port: int
    request: bytes


@dataclass(frozen=True)
class Look:
    """What was seen of a target; `line` is for `engine.speak.read_answer`."""

    service: str
    network: str
    kind: Kind | None
    resolved: bool
    line: str


def seen_from_inside(site: Site, targets: Sequence[Target]) -> list[Look] | None:
    """Give what a helper in each network sees, None where there is no image for one. Raises EngineError."""
    return site.once("inside", lambda: _seen(site, targets))


def _seen(site: Site, targets: Sequence[Target]) -> list[Look] | None:
    if IMAGE not in site.world.engine.images([IMAGE]):
        return None
    networks = sorted({target.network for target in targets})
    if not networks:
        return []
    with ThreadPoolExecutor(len(networks)) as pool:
        found = pool.map(lambda name: _one(site, name, [item for item in targets if item.network == name]), networks)
        return [look for looks in found for look in looks]


def _one(site: Site, network: str, targets: Sequence[Target]) -> list[Look]:
    asked = json.dumps([[item.service, item.port, item.request.hex()] for item in targets])
    words = run_words(
        "verify",
        ("-c", _SCRIPT, asked, str(RESTART_SECONDS * site.pace)),
        "python3",
        ("--init", "--network", network, "--memory", "64m"),
    )
    outcome = site.world.engine.run(words, timeout=site.limit)
    if outcome.code == 0 and not outcome.out:
        # Seen on a busy machine: the client is too late for the output of a container that is gone at once.
        outcome = site.world.engine.run(words, timeout=site.limit)
    if outcome.code != 0 or not outcome.out:
        said = (outcome.err.strip().splitlines() or ["it said nothing"])[-1]
        raise EngineError(f"the helper in {network} did not run: {said}")
    rows = json.loads(outcome.out)
    return [
        Look(item.service, network, item.kind, bool(resolved), str(line))
        for item, (resolved, line) in zip(targets, rows, strict=True)
    ]
