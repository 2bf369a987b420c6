"""Rows 8 to 11 and 19: a dump that goes wrong, a server that ends under it, collections that go meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.cli import RUN, Cli, container, docker, ended, eventually, finish, sweep
from tests.faults.backup.shop import Shop, names

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("backup-producers")]

# A mongodump that asks the server how to go wrong, before the real one.
DUMP = r"""#!/bin/bash
ask="db = connect('mongodb://127.0.0.1/mode'); print((db.m.findOne() || {}).v || 'none')"
mode=$(HOME=/tmp mongosh --quiet --norc --nodb --eval "$ask" < /dev/null)
full() { /usr/local/bin/mongodump.real "$@"; }
case $mode in
fails) full "$@" | head -c 60000; echo 'error reading: connection reset' >&2; exit 1 ;;
nothing) exit 0 ;;
prelude) full "$@" > /tmp/all; head -c 700 /tmp/all; exit 0 ;;
cut) full "$@" > /tmp/all; head -c 100000 /tmp/all; exit 0 ;;
drop) HOME=/tmp mongosh --quiet --norc --nodb --eval "connect('mongodb://127.0.0.1/shop').items.drop()" < /dev/null >&2
    full "$@" ;;
slow) full "$@" > /tmp/all; head -c 50000 /tmp/all; sleep 30; tail -c +50001 /tmp/all ;;
*) exec /usr/local/bin/mongodump.real "$@" ;;
esac
"""
COMPOSE = """
services:
  db:
    build: .
    labels: {stackctl.service: mongodb}
    volumes: [dbdata:/data/db]
    stop_grace_period: 3s
volumes: {dbdata: }
"""
FILL = "db.items.insertMany(Array.from({length: 3000}, (_, k) => ({v: 'x' + k})))"


@pytest.fixture(scope="module")
def server(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    parent = tmp_path_factory.mktemp("producers")
    token = f"{RUN}dump"
    (parent / token).mkdir()
    cli = Cli(parent / token, parent / "home", token)
    dockerfile = (
        "FROM stackctl/mongodb:local\n"
        "RUN mv /usr/local/bin/mongodump /usr/local/bin/mongodump.real\n"
        "COPY --chmod=755 dump /usr/local/bin/mongodump\n"
    )
    cli.write(Dockerfile=dockerfile, dump=DUMP, compose__yaml=COMPOSE)
    cli("up", "-q")
    yield Shop(cli)
    sweep(token)


@pytest.fixture
def broken(server: Shop) -> Shop:
    """The server with its data, and with a dump that works."""
    server.cli("up", "-q")
    server.pruned()
    server.mongo(f"db.items.drop(); {FILL}")
    mode(server, "none")
    return server


def mode(shop: Shop, word: str) -> None:
    shop.mongo(f"db.getSiblingDB('mode').m.updateOne({{_id: 1}}, {{$set: {{v: '{word}'}}}}, {{upsert: true}})")


def no_set(shop: Shop) -> None:
    listed = shop.sets()
    assert listed["sets"] == []
    assert names(listed["folder"]) == []
    assert shop.helpers() == ""


@pytest.mark.parametrize("word", ["fails", "nothing", "prelude", "cut"])
def test_8_9_10_a_dump_that_is_not_whole_makes_no_set(broken: Shop, word: str) -> None:
    mode(broken, word)
    failed = broken.cli("backup", "--json", code=8)
    assert "no set was made" in failed.error["message"]
    no_set(broken)


def test_9_a_source_that_is_proved_to_be_empty_makes_a_set(broken: Shop) -> None:
    broken.mongo("db.dropDatabase(); db.getSiblingDB('mode').dropDatabase()")
    made = broken.cli("backup", "--json").data
    assert made["payloads"][0]["counts"] == {}
    broken.cli("backups", "verify", "--level", "restore", made["id"], "-q")


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_11_a_server_that_ends_meanwhile(broken: Shop, how: str) -> None:
    """An engine that is out of memory ends a container as `kill` does."""
    mode(broken, "slow")
    with ended(broken.cli.start("backup", "--json")) as process:
        folder = broken.kept / "backups"
        eventually(lambda: [*folder.glob(".partial-*/db*")] or None, "the dump", patience=120)
        docker(how, container(broken.name, "db"))
        answer = finish(process)
    assert answer.code == 8, answer
    no_set(broken)
    broken.cli("up", "-q")
    mode(broken, "none")
    broken.cli("backup", "-q")
    broken.cli("backups", "verify", "--all", "-q")


def test_19_a_collection_that_is_dropped_before_the_dump_comes_to_it(broken: Shop) -> None:
    mode(broken, "drop")
    failed = broken.cli("backup", "--json", code=8)
    assert "shop.items" in failed.error["message"]
    no_set(broken)
