"""The program that talks to MongoDB, against a server of dictionaries; the real one is in tests/engine and faults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo.errors import OperationFailure, ServerSelectionTimeoutError

from stackctl.services.saving.base import SIDE as SIDE_FOLDER
from stackctl.services.saving.base import Subject
from stackctl.services.saving.mongodb import MongoSaver
from stackctl.services.saving.mongodb_inside import RESERVE, Order, commit, count, look, reason, swap, undo

SIDE = "0a0b0c0d"
LIVE = {"shop.items": ["old"], "shop.gone": ["old"], "crm.people": ["old"]}
COMING = {"shop.items": ["new", "new"], "shop.later": ["new"]}


class Killed(Exception):
    """The program was killed."""


class Server:
    """Collections by full name; views are those of `views`. Dies before the change number `dies`."""

    def __init__(self, data: dict[str, list[str]], views: tuple[str, ...] = (), dies: int = -1) -> None:
        self.data = {name: list(documents) for name, documents in data.items()}
        self.views = {name: {"viewOn": "items", "pipeline": []} for name in views}
        self.dies = dies
        self.changes = 0
        self.asked: list[str] = []

    def __getitem__(self, base: str) -> Base:
        return Base(self, base)

    def change(self) -> None:
        if self.changes == self.dies:
            raise Killed
        self.changes += 1


class Base:
    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.name = name

    def list_collections(self) -> Iterator[dict[str, Any]]:
        for full in sorted(self.server.data):
            if full.startswith(f"{self.name}."):
                yield {"name": full.partition(".")[2], "type": "collection", "options": {"capped": "log" in full}}
        for full, options in sorted(self.server.views.items()):
            if full.startswith(f"{self.name}."):
                yield {"name": full.partition(".")[2], "type": "view", "options": options}

    def command(self, word: str, value: Any = 1, **more: Any) -> dict[str, Any]:
        server = self.server
        server.asked.append(word)
        full = f"{self.name}.{value}"
        if word == "listDatabases":
            names = {name.partition(".")[0] for name in (*server.data, *server.views)} | {"admin", "config"}
            return {"databases": [{"name": name} for name in sorted(names)]}
        if word == "collStats":
            return {"count": len(server.data[full])}
        if word in ("buildInfo", "hello"):
            return {"version": "7.0.1", "setName": "rs0"}
        server.change()
        if word == "renameCollection":
            assert not more["dropTarget"]
            assert more["to"] not in server.data, "nothing is ever overwritten"
            server.data[more["to"]] = server.data.pop(value)
        elif word == "create":
            assert full not in server.views
            server.views[full] = more
        elif word == "drop":
            (server.data if full in server.data else server.views).pop(full)
        else:
            raise AssertionError(word)
        return {"ok": 1}


def staged(live: dict[str, list[str]], coming: dict[str, list[str]]) -> dict[str, list[str]]:
    side = {
        f"{base}.__r{SIDE}_{name}": rows for full, rows in coming.items() for base, _, name in [full.partition(".")]
    }
    return {**live, **side}


def order(only: tuple[str, ...] = (), **more: Any) -> Order:
    return Order(SIDE, only, **{"before": frozenset(LIVE), "arriving": frozenset(COMING), **more})


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            OperationFailure("no, full error: {'ok': 0}", 18, {"errmsg": "Authentication failed."}),
            "Authentication failed.",
        ),
        (
            ServerSelectionTimeoutError(
                "127.0.0.1:27017: [Errno 111] Connection refused (configured timeouts: socketTimeoutMS: 20000.0ms),"
                " Timeout: 5.0s, Topology Description: <TopologyDescription id: 1>"
            ),
            "127.0.0.1:27017: [Errno 111] Connection refused",
        ),
        (OperationFailure("disk is full (13), full error: {'ok': 0.0}"), "disk is full (13)"),
    ],
)
def test_a_failure_is_one_line_in_the_server_s_own_words(error: Exception, says: str) -> None:
    assert reason(error) == says


def test_what_is_kept_free_lies_where_no_backup_looks() -> None:
    assert f"/store/{SIDE_FOLDER}" == RESERVE
    stored = MongoSaver().stage(Subject("db", "/data/db", side=SIDE))
    assert (stored.store, RESERVE in stored.script) == ("rw", True)
    assert MongoSaver().undo(Subject("db", "/data/db", side=SIDE)).store == "rw"
    nowhere = MongoSaver().stage(Subject("db", side=SIDE))
    assert (nowhere.store, RESERVE in nowhere.script) == ("", False)


@pytest.mark.parametrize(("capped", "workers"), [([], 4), (["shop.log"], 1), (None, 1)])
def test_capped_collections_keep_their_order(capped: list[str] | None, workers: int) -> None:
    helper = MongoSaver().stage(Subject("db", side=SIDE, state={"capped": capped}))
    assert f"--numInsertionWorkersPerCollection {workers}" in helper.script


def test_a_look_says_what_there_is() -> None:
    server = Server({**staged(LIVE, COMING), "shop.log": []}, ("shop.seen",))
    there = {
        "version": "7.0.1",
        "set": "rs0",
        "names": ["crm.people", "shop.gone", "shop.items", "shop.log"],
        "views": ["shop.seen"],
        "capped": ["shop.log"],
    }
    assert look(server, Order()) == there, "a backup has no use for numbers"
    assert look(server, order())["counts"] == {"crm.people": 1, "shop.gone": 1, "shop.items": 1, "shop.log": 0}


def test_an_exchange_and_its_end() -> None:
    server = Server(staged(LIVE, COMING))
    swap(server, order())
    assert count(server, order()) == {"shop.items": 2, "shop.later": 1}
    commit(server, order())
    assert server.data == COMING


def test_a_part_leaves_the_rest_alone() -> None:
    coming = {"shop.items": ["new"]}
    server = Server(staged(LIVE, coming))
    swap(server, order(("shop.items",)))
    commit(server, order(("shop.items",)))
    assert server.data == {**LIVE, **coming}


def test_databases_that_are_known_are_not_asked_for() -> None:
    server = Server(staged(LIVE, COMING))
    swap(server, order(bases=("crm", "shop")))
    commit(server, order(bases=("crm", "shop")))
    assert server.data == COMING
    assert "listDatabases" not in server.asked


def test_a_view_goes_aside_and_comes_back() -> None:
    server = Server(staged(LIVE, COMING), ("shop.seen",))
    swap(server, order())
    assert list(server.views) == [f"shop.__o{SIDE}_seen"]
    undo(server, order())
    assert list(server.views) == ["shop.seen"]
    assert server.data == LIVE


NAMES = st.sampled_from([f"{base}.{name}" for base in ("shop", "crm") for name in ("a", "b", "c", "log")])


@given(
    live=st.dictionaries(NAMES, st.just(["old"])),
    coming=st.dictionaries(NAMES, st.just(["new", "new"])),
    deaths=st.tuples(st.integers(0, 20), st.integers(0, 20)),
)
def test_an_exchange_that_dies_anywhere_is_undone_whole(
    live: dict[str, list[str]], coming: dict[str, list[str]], deaths: tuple[int, int]
) -> None:
    server = Server(staged(live, coming))
    about = Order(SIDE, before=frozenset(live), arriving=frozenset(coming))
    for what, dies in zip((swap, undo), deaths, strict=True):
        server.dies, server.changes = dies, 0
        try:
            what(server, about)
        except Killed:
            continue
    server.dies = -1
    undo(server, about)
    assert server.data == live


@given(
    live=st.dictionaries(NAMES, st.just(["old"])),
    coming=st.dictionaries(NAMES, st.just(["new"])),
    dies=st.integers(0, 12),
)
def test_an_end_that_dies_anywhere_is_gone_on_with(
    live: dict[str, list[str]], coming: dict[str, list[str]], dies: int
) -> None:
    server = Server(staged(live, coming))
    about = Order(SIDE, before=frozenset(live), arriving=frozenset(coming))
    swap(server, about)
    server.dies, server.changes = dies, 0
    try:
        commit(server, about)
    except Killed:
        server.dies = -1
        commit(server, about)
    assert server.data == coming


def test_what_somebody_made_meanwhile_is_not_dropped() -> None:
    server = Server(staged(LIVE, COMING))
    server.data["shop.later"] = ["somebody's"]
    undo(server, order())
    assert server.data == {**LIVE, "shop.later": ["somebody's"]}


@pytest.mark.parametrize("exchanging", [True, False])
def test_nothing_that_was_not_exchanged_is_dropped(exchanging: bool) -> None:
    """Where nothing may have been put in place yet, what has the name of something that arrives is somebody's."""
    server = Server({**LIVE, "shop.later": ["somebody's"]})
    undo(server, order(arriving=frozenset(COMING if exchanging else ())))
    assert ("shop.later" in server.data) is not exchanging
