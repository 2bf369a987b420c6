"""A MongoDB that is a member of a replica set, saved with its oplog. The local image's server calls itself one where it
is told to and keeps an oplog where there is a collection for it; it replays what makes indexes, and no writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.engine.cli import RUN, TOOLS, Cli, container, docker, ended, eventually, sweep

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("oplog")]

COMPOSE = """
services:
  db:
    image: stackctl/mongodb:local
    environment: {FERRETDB_REPL_SET_NAME: rs0}
    volumes: [dbdata:/data/db]
volumes: {dbdata: }
"""
MAKE = 'db.getSiblingDB("shop").items.insertMany([{ _id: 1, name: "a" }, { _id: 2, name: "b" }]);'
STATE = """
const items = db.getSiblingDB("shop").items;
print(JSON.stringify({ ids: items.find().sort({ _id: 1 }).toArray().map((item) => item._id),
  indexes: items.getIndexes().map((index) => index.name).sort() }));
"""
# One entry, as a server writes it for an index that is made while it is dumped.
INDEX = """
const local = db.getSiblingDB("local");
local.createCollection("oplog.rs", { capped: true, size: 1048576 });
local.getCollection("oplog.rs").insertOne({ op: "c", ns: "shop.$cmd", ts: new Timestamp({ t: 1795295000, i: 1 }),
  o: { createIndexes: "items", v: 2, key: { name: 1 }, name: "name_1" }, t: Long(1), v: Long(2), wall: new Date() });
"""
# This server writes an entry for the insertion into its own oplog too: what remains is the entry above.
ALONE = """
import sqlite3
base = sqlite3.connect("/data/db/local.sqlite", timeout=30)
(table,) = base.execute("select name from sqlite_master where type = 'table' and name like 'oplog%'").fetchone()
last = f'(select max(_ferretdb_record_id) from "{table}")'
base.execute(f'delete from "{table}" where _ferretdb_record_id = {last}')
base.commit()
"""


@dataclass(frozen=True)
class Member:
    """The running project."""

    cli: Cli

    def mongo(self, script: str) -> str:
        return docker("exec", container(self.cli.token, "db"), "mongosh", "--quiet", "--eval", script).strip()

    def state(self) -> Any:
        return json.loads(self.mongo(STATE).splitlines()[-1])

    def left(self) -> list[str]:
        """What of throw-away containers and volumes is there."""
        label = f"label=stackctl.helper={self.cli.token}"
        return [
            *docker("ps", "--all", "--quiet", "--filter", label).split(),
            *docker("volume", "ls", "--quiet", "--filter", label).split(),
        ]


@pytest.fixture(scope="module")
def member(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Member]:
    parent = tmp_path_factory.mktemp("oplog")
    folder = parent / f"{RUN}oplog"
    folder.mkdir()
    cli = Cli(folder, parent / "home", folder.name)
    cli.write(compose__yaml=COMPOSE)
    cli("up", "-q")
    found = Member(cli)
    found.mongo(MAKE)
    yield found
    sweep(cli.token)


def test_an_oplog_that_cannot_be_read_is_the_reason_and_no_set_is_made(member: Member) -> None:
    refused = member.cli("backup", "db", "--json", code=8)
    assert "error getting oplog start" in refused.error["message"]
    assert "no set was made" in refused.error["message"]
    assert "--quiesce" in refused.error["hint"]
    (quiet,) = member.cli("backup", "db", "--quiesce", "--json").data["payloads"]
    assert quiet["consistency"] == "quiesced"


def test_the_oplog_is_replayed_before_anything_is_touched(member: Member) -> None:
    member.mongo(INDEX)
    mongo = container(member.cli.token, "db")
    docker("run", "--rm", "--network", "none", "--volumes-from", mongo, "--entrypoint", "python3", TOOLS, "-c", ALONE)
    made = member.cli("backup", "db", "--verify", "restore", "--json").data
    assert (made["consistency"], made["verified"]) == ("point-in-time", "restore")
    assert member.state() == {"ids": [1, 2], "indexes": ["_id_"]}
    member.mongo('db.getSiblingDB("shop").items.deleteOne({ _id: 1 });')
    words = ("restore", made["id"], "--yes", "--no-safety-copy")
    with ended(member.cli.start(*words)) as running:
        eventually(lambda: len(member.left()) > 1 or running.poll() is not None, "a throw-away server")
        assert running.poll() is None, "it is killed while it replays"
    assert member.state()["ids"] == [2]
    again = member.cli(*words)
    assert "an interrupted restore was undone" in again.err
    assert member.state() == {"ids": [1, 2], "indexes": ["_id_", "name_1"]}, "the index comes from the oplog alone"
    assert member.left() == []


def test_a_replay_that_fails_is_found_by_verify_and_changes_nothing(member: Member) -> None:
    member.mongo('db.getSiblingDB("shop").items.insertOne({ _id: 3, name: "c" });')
    made = member.cli("backup", "db", "--json").data
    assert made["consistency"] == "point-in-time"
    member.mongo('db.getSiblingDB("shop").items.deleteOne({ _id: 1 });')
    now = member.state()
    for words, code in ((("backups", "verify", made["id"], "--level", "restore"), 9), (("restore", made["id"]), 8)):
        refused = member.cli(*words, *(("--yes", "--no-safety-copy") if code == 8 else ()), "--json", code=code)
        assert refused.error["code"] == "replay-failed"
        assert "no such command: 'applyOps'" in refused.error["message"]
        assert f"stackctl restore {made['id']} --without-oplog" in refused.error["hint"]
        assert (member.state(), member.left()) == (now, [])
    member.cli("restore", made["id"], "--without-oplog", "--yes", "--no-safety-copy")
    assert member.state()["ids"] == [1, 2, 3]
