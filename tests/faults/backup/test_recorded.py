"""Rows 19 and 23, as far as they can be had without a replica set and without remote places: on recorded output."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stackctl.backup.helpers import failed
from stackctl.backup.retention import judge
from stackctl.services.saving.base import Proof, Subject
from stackctl.services.saving.mongodb import MongoSaver
from tests.unit.backup.made import entry

# What mongodump 100.12.2 printed when the oplog of a replica set (a FerretDB) lost its oldest entries meanwhile.
ROLLED = (
    "2026-11-21T21:09:54.925+0000\twriting shop.orders to archive on stdout"
    "\n2026-11-21T21:09:54.926+0000\tdone dumping shop.orders (2 documents)"
    "\n2026-11-21T21:09:54.927+0000\tFailed: oplog overflow: mongodump was unable to capture all new oplog entries"
    " during execution\n"
)
# As mongodump's source has them (mongodump/oplog_dump.go, prepare.go).
RENAMED = "Failed: error dumping oplog: cannot dump with oplog while renames occur\n"
RESHARDING = (
    "Failed: error creating intents to dump: detected resharding in progress."
    " Cannot dump with --oplog while resharding\n"
)
GONE = """10:03:43.261  writing `shop.items` to archive on stdout
10:03:43.673  Failed: error dumping data: connection(127.0.0.1:27017) incomplete read of message header: EOF
"""


@pytest.mark.parametrize(("said", "why"), [(ROLLED, "oplog overflow"), (GONE, "incomplete read")])
def test_19_mongodump_s_own_reason_is_the_error(said: str, why: str) -> None:
    error = failed("db", 1, said)
    assert why in error.message
    assert error.exit_code == 8


@pytest.mark.parametrize("said", [ROLLED, RENAMED, RESHARDING])
def test_19_an_oplog_that_cannot_be_used_names_the_ways_out(said: str) -> None:
    assert "a larger oplog" in failed("db", 1, said).hint
    assert "--quiesce" in failed("db", 1, said).hint
    assert "--quiesce" not in failed("db", 1, GONE).hint


# mongorestore on a FerretDB whose disk was full.
FULL = (
    "2026-11-21T15:00:46.001+0000\tFailed: shop.__r182de10c_big: error restoring from archive on stdin: (InternalError)"
    " [msg_insert.go:168 handler.(*Handler).MsgInsert] [db.go:167 fsql.(*DB).InTransaction]"
    " database or disk is full (13)"
    "\n2026-11-21T15:00:46.001+0000\t0 document(s) restored successfully. 0 document(s) failed to restore.\n"
)


def test_7_a_full_database_is_named() -> None:
    assert failed("db", 1, FULL).code == "disk-full"


def test_19_a_collection_that_is_missing_from_a_dump_that_ended_well() -> None:
    subject = Subject("db", state={"names": ["shop.items", "shop.later"]})
    assert MongoSaver().judge(subject, Proof({"shop.items": 3}), GONE) == ["the dump lacks shop.later"]


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(hours=1), timedelta(days=-400)])
def test_23_a_clock_that_jumps_costs_no_good_set(jump: timedelta) -> None:
    now = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # summer time ends in Europe
    sets = [entry(f"{now - timedelta(minutes=20 * number):%Y-%m-%dT%H-%M-%S}-abcd") for number in range(9)]
    stay = [verdict.entry for verdict in judge(sets, {"last": 2}, "full", now + jump) if verdict.stays]
    assert len(stay) >= 2
    assert max(sets, key=lambda item: item.id) in stay, "the newest stays whatever the clock says"
