"""What a run writes through the app: noted before, removed after; by the next run where one was killed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from stackctl.engine.net import HttpRequest
from stackctl.errors import Refused
from stackctl.workspace.events import note
from stackctl.workspace.home import project_home
from stackctl.workspace.lock import locked

if TYPE_CHECKING:
    from pathlib import Path

    from stackctl.verify.site import Site

NAME, TAG = "stackctl verify", "stackctl-verify"
LOCK, NOTE = "verify.lock", "verify.json"
PAGES = 20
# The app's clock may be a little behind this machine's.
EARLIER = timedelta(minutes=1)


@contextmanager
def tidy(site: Site, base: str, patience: float) -> Iterator[None]:
    """Remove what an earlier run left, and, after the block, what is left of this one; one run at a time.

    `base` is the app's address, empty where there is none. Raises Refused where another run is still at it after
    `patience` seconds.
    """
    if not base:
        yield
        return
    lock = project_home(site.world.shell, site.project) / LOCK
    with ExitStack() as held:
        try:
            held.enter_context(
                locked(lock, "verify", patience, site.world.clock, lambda text: site.world.events(note(text)))
            )
        except Refused as error:
            raise Refused(str(error), "wait for it, then run it again", code=error.code) from error
        clear(site, base)
        held.callback(clear, site, base)
        yield


def remember(site: Site, at: datetime, item: str = "") -> None:
    """Note that an item is about to be written, or its id once that is known."""
    site.world.files.write(_path(site), json.dumps({"at": at.isoformat(), "item": item}).encode())


def forget(site: Site) -> None:
    """Say that nothing is left."""
    site.world.files.remove(_path(site))


def clear(site: Site, base: str) -> None:
    """Remove what the note names; where the app does not do it, the note stays for the next run."""
    told = site.world.files.read(_path(site))
    if told is None:
        return
    with suppress(OSError, ValueError, KeyError, TypeError):
        left = json.loads(told)
        items = [left["item"]] if left["item"] else _written_since(site, base, datetime.fromisoformat(left["at"]))
        gone = [_gone(site, f"{base}/items/{item}") for item in items]
        if all(gone):
            forget(site)


def _gone(site: Site, url: str) -> bool:
    site.ask(HttpRequest(url, "DELETE"))
    return site.ask(HttpRequest(url)).status == 404


def _written_since(site: Site, base: str, at: datetime) -> list[str]:
    """Give the ids of our items since a moment: who was killed before the app answered knows none."""
    # An id begins with the second of its making, so one that never was marks a time.
    after: str | None = f"{int((at - EARLIER).timestamp()):08x}{'0' * 16}"
    found: list[str] = []
    for _page in range(PAGES):
        if after is None:
            break
        page: dict[str, Any] = site.json(f"{base}/items?limit=100&after={after}")
        found += [item["id"] for item in page["items"] if item["name"] == NAME and TAG in item["tags"]]
        after = page["next"]
    return found


def _path(site: Site) -> Path:
    return project_home(site.world.shell, site.project) / NOTE
