"""What helpers do in a running MongoDB. This very file is their program: nothing of stackctl is there when it runs.

It runs in the tools image, in the server's network, and does one thing, `SAVE_DO`. The login is the first line of its
input: arguments show in `ps`, variables in `docker inspect`. The shell of MongoDB could do all of it, is not in every
image, and takes a second to start: seven of them were a third of a restore.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MINE = re.compile(r"__[ro][0-9a-f]{8}_")
OWN_BASES = frozenset({"admin", "local", "config"})
PORT = 27017
WAIT_MS = 5000
RESERVE = "/store/.stackctl-restore"


@dataclass(frozen=True)
class Order:
    """What a run is about: the restore's word for its names, and names of databases and collections.

    `only` are those that are exchanged (none: all), `before` was there, `arriving` may have come, `bases` are the
    databases where all of this is (none: in any).
    """

    side: str = ""
    only: tuple[str, ...] = ()
    before: frozenset[str] = frozenset()
    arriving: frozenset[str] = frozenset()
    bases: tuple[str, ...] = ()

    @property
    def coming(self) -> str:
        """Give what the names of staged collections begin with."""
        return f"__r{self.side}_"

    @property
    def going(self) -> str:
        """Give what the names of collections begin with that were put aside."""
        return f"__o{self.side}_"

    def wants(self, base: str, name: str) -> bool:
        """Say whether a collection is among those that are exchanged."""
        return not self.only or base in self.only or f"{base}.{name}" in self.only


@dataclass(frozen=True)
class Found:
    """A collection or view."""

    base: str
    name: str
    kind: str
    options: Mapping[str, Any]

    @property
    def full(self) -> str:
        """Give its name with its database."""
        return f"{self.base}.{self.name}"


def every(client: Any, bases: Sequence[str] = ()) -> Iterator[Found]:
    """Give what there is in these databases (none: in all); the server's own databases and names are left out.

    A server may read all its files to list its databases, also where only their names are asked for.
    """
    listed = bases or [item["name"] for item in client["admin"].command("listDatabases", nameOnly=True)["databases"]]
    for base in listed:
        for info in client[base].list_collections() if base not in OWN_BASES else ():
            name = info["name"]
            if not name.startswith("system.") or name == "system.js":
                yield Found(base, name, info.get("type") or "collection", info.get("options") or {})


def look(client: Any, order: Order) -> dict[str, Any]:
    """Give the version, the replica set, and what there is; with its number of documents where something is to come."""
    found = [item for item in every(client) if not MINE.match(item.name)]
    counts = {item.full: _documents(client, item) for item in found if order.side and item.kind == "collection"}
    return {
        "version": client["admin"].command("buildInfo")["version"],
        "set": _admin(client, "hello").get("setName") or "",
        "names": sorted(item.full for item in found if item.kind != "view"),
        "views": sorted(item.full for item in found if item.kind == "view"),
        "capped": sorted(item.full for item in found if item.options.get("capped")),
        **({"counts": counts} if order.side else {}),
    }


def settle(client: Any, order: Order) -> dict[str, Any]:
    """Look at a throw-away server, which must not remove what has passed its time before it was counted."""
    _admin(client, "setParameter", ttlMonitorEnabled=False)
    return look(client, order)


def count(client: Any, order: Order) -> dict[str, int]:
    """Give the documents of each live collection."""
    found = [item for item in every(client, order.bases) if not MINE.match(item.name)]
    return {item.full: _documents(client, item) for item in found if item.kind == "collection"}


def swap(client: Any, order: Order) -> dict[str, Any]:
    """Rename the live ones aside and the staged ones in; each name says what it is, so that a killed run goes on."""
    found = list(every(client, order.bases))
    for item in found:
        if not MINE.match(item.name) and order.wants(item.base, item.name):
            _move(client, item, order.going + item.name)
    for item in found:
        if item.name.startswith(order.coming):
            _move(client, item, item.name.removeprefix(order.coming))
    return {}


def undo(client: Any, order: Order) -> dict[str, Any]:
    """Bring back what was put aside and drop what came.

    What came in has no mark of its own any more: it is what arrives, was not there before and is staged no longer. What
    is staged still never came in: a live one of its name is somebody's, made meanwhile.
    """
    _release()
    found = list(every(client, order.bases))
    staged = {f"{item.base}.{item.name.removeprefix(order.coming)}" for item in found if _begins(item, order.coming)}
    aside = {f"{item.base}.{item.name.removeprefix(order.going)}" for item in found if _begins(item, order.going)}
    for item in found:
        new = item.full in order.arriving and item.full not in order.before and item.full not in staged
        if not MINE.match(item.name) and (new or item.full in aside):
            _drop(client, item)
    for item in found:
        if _begins(item, order.going):
            _move(client, item, item.name.removeprefix(order.going))
        elif _begins(item, order.coming):
            _drop(client, item)
    return {}


def commit(client: Any, order: Order) -> dict[str, Any]:
    """Drop what was put aside."""
    _release()
    for item in list(every(client, order.bases)):
        if _begins(item, order.going) or _begins(item, order.coming):
            _drop(client, item)
    return {}


def _admin(client: Any, command: str, **more: Any) -> dict[str, Any]:
    """Give the answer to a command that not every server knows, nothing where it does not."""
    from pymongo.errors import OperationFailure

    try:
        answer: dict[str, Any] = client["admin"].command(command, 1, **more)
    except OperationFailure:
        return {}
    return answer


def _release() -> None:
    """Give back what was kept free on the server's disk, which may be full: a server needs room to drop something."""
    shutil.rmtree(RESERVE, ignore_errors=True)


def _begins(item: Found, prefix: str) -> bool:
    return item.name.startswith(prefix)


def _documents(client: Any, item: Found) -> int:
    from pymongo.errors import OperationFailure

    try:  # what the server keeps beside the collection: reading every document takes as long as restoring it did
        return int(client[item.base].command("collStats", item.name)["count"])
    except OperationFailure:  # a login that may read, and not ask for that
        return int(client[item.base][item.name].count_documents({}))


def _move(client: Any, item: Found, to: str) -> None:
    if item.kind == "view":  # cannot be renamed, holds nothing
        view = {"viewOn": item.options["viewOn"], "pipeline": item.options.get("pipeline") or []}
        client[item.base].command("create", to, **view)
        _drop(client, item)
        return
    client["admin"].command("renameCollection", item.full, to=f"{item.base}.{to}", dropTarget=False)


def _drop(client: Any, item: Found) -> None:
    client[item.base].command("drop", item.name)


DOES: Mapping[str, Callable[[Any, Order], dict[str, Any]]] = {
    "look": look,
    "settle": settle,
    "count": count,
    "swap": swap,
    "undo": undo,
    "commit": commit,
}


def reason(error: Exception) -> str:
    """Give why in one line: the server's own words, without what the client adds of its view of the world."""
    details = getattr(error, "details", None)
    text = (details.get("errmsg") if isinstance(details, dict) else "") or str(error)
    return " ".join(re.split(r" \(configured timeouts|, Topology Description|, full error", text)[0].split())


def main() -> None:
    """Read the login, do what was asked, print the answer as JSON; a failure is one line and exit code 1."""
    from pymongo import MongoClient
    from pymongo.errors import PyMongoError

    secret = json.loads(sys.stdin.readline() or "{}").get("password", "")
    user = os.environ.get("SAVE_USER", "")
    login = {"username": user, "password": secret, "authSource": "admin"} if user else {}
    order = Order(
        os.environ.get("SAVE_SIDE", ""),
        tuple(json.loads(os.environ.get("SAVE_ONLY", "[]"))),
        frozenset(json.loads(os.environ.get("SAVE_BEFORE", "[]"))),
        frozenset(json.loads(os.environ.get("SAVE_ARRIVING", "[]"))),
        tuple(json.loads(os.environ.get("SAVE_BASES", "[]"))),
    )
    try:
        client = MongoClient("127.0.0.1", PORT, directConnection=True, serverSelectionTimeoutMS=WAIT_MS, **login)
        answer = DOES[os.environ["SAVE_DO"]](client, order)
    except PyMongoError as error:
        text = reason(error)
        sys.exit(f"error: {text.replace(secret, '***') if secret else text}")
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
