"""A short story told through the app: an item is made, read twice and listed, all in one known trace.

It is what the later hops are checked with, and what gives panels something to show.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from stackctl.engine.net import HttpRequest
from stackctl.services.known_ports import scheme_of
from stackctl.stack.labels import SCHEME
from stackctl.verify.leftover import NAME, TAG, forget, remember

if TYPE_CHECKING:
    from stackctl.engine.net import Answer
    from stackctl.verify.site import Site

READS = 2
REQUESTS = READS + 2  # made, read, and listed


@dataclass(frozen=True)
class Story:
    """What the app said. `trace` is the id that was sent along, `parent` the span that the app's spans hang below."""

    base: str
    trace: str
    parent: str
    at: datetime
    item: str = ""
    made: Answer | None = None
    reads: tuple[Answer, ...] = ()
    problem: str = ""
    told: Mapping[str, str] = field(default_factory=dict)

    @property
    def kept(self) -> bool:
        """Say whether the app keeps the trace: the last field of `traceresponse` (W3C Trace Context, level 2)."""
        return self.told.get("traceresponse", "").rpartition("-")[2] not in ("", "00", "02")


def story(site: Site) -> Story | None:
    """Tell it once; None where no app says that it may be written through, or it cannot be reached."""
    return site.once("story", lambda: _told(site))


def app_base(site: Site) -> str:
    """Give the app's address: its first port that speaks HTTP."""
    item = site.app
    if item is None:
        return ""
    ports = [port.container_port for port in item.ports] or [8080]
    for port in ports:
        if (item.labels.get(SCHEME) or scheme_of(port)) == "http":
            return site.base(item, port)
    return site.base(item, ports[0])


def headers(story: Story) -> dict[str, str]:
    """Give the headers that put a request into the story's trace, and ask that it is kept."""
    return {"traceparent": f"00-{story.trace}-{story.parent}-01"}


def _told(site: Site) -> Story | None:
    base = app_base(site)
    if not base:
        return None
    entropy = site.world.entropy
    if site.stopped.is_set():
        return None
    begun = Story(base, entropy.take(16).hex(), entropy.take(8).hex(), site.world.clock.now())
    sent = headers(begun)
    body = json.dumps({"name": NAME, "tags": [TAG]}).encode()
    remember(site, begun.at)
    made = site.ask(HttpRequest(f"{base}/items", "POST", {**sent, "content-type": "application/json"}, body))
    begun = replace(begun, made=made, told=made.headers)
    if made.status != 201:
        if made.status < 500:  # after a failure it may be there all the same
            forget(site)
        said = made.body[:200].decode("utf-8", "replace")
        return replace(begun, problem=f"POST /items: {made.status} {said}")
    # From here on there is an item: whatever happens, who removes it must know its id.
    begun = replace(begun, item=str(json.loads(made.body)["id"]))
    remember(site, begun.at, begun.item)
    try:
        page = f"{base}/items/{begun.item}"
        reads = tuple(site.ask(HttpRequest(page, headers=sent)) for _read in range(READS))
        site.ask(HttpRequest(f"{base}/items?limit=1", headers=sent))
    except OSError as error:
        return replace(begun, problem=f"GET /items/{begun.item}: {error}")
    wrong = next((answer for answer in reads if answer.status != 200), None)
    return replace(begun, reads=reads, problem=f"GET /items/{begun.item}: {wrong.status}" if wrong else "")
