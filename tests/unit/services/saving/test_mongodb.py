from __future__ import annotations

import pytest

from stackctl.services.saving.base import Proof, Subject
from stackctl.services.saving.mongodb import MongoSaver

MEMBER = {"set": "rs0", "names": ["shop.items"]}
OPLOG = {"oplog": {"entries": 2, "inserts": {"shop.items": 1}}}


@pytest.mark.parametrize(
    ("subject", "oplog"),
    [
        (Subject("db", state=MEMBER), True),
        (Subject("db", state=MEMBER, quiet=True), False),  # the way out where the oplog cannot be used
        (Subject("db", state={"set": "", "names": []}), False),
        (Subject("db"), False),  # a throw-away server, which nobody writes to
    ],
)
def test_the_oplog_is_saved_where_there_is_one_and_somebody_may_write(subject: Subject, oplog: bool) -> None:
    assert (" --oplog" in MongoSaver().dump(subject).script) == oplog
    without = MongoSaver().judge(subject, Proof({"shop.items": 1}), "")
    assert without == (["the dump lacks the oplog"] if oplog else [])
    assert MongoSaver().judge(subject, Proof({"shop.items": 1}, OPLOG), "") == []


def test_the_class_is_what_was_proved() -> None:
    saver = MongoSaver()
    assert saver.consistency(Proof({}, OPLOG), quiet=False) == "point-in-time"
    assert saver.consistency(Proof(), quiet=True) == "quiesced"
    assert saver.consistency(Proof(), quiet=False) == "fuzzy"


@pytest.mark.parametrize("facts", [{}, {"oplog": None}, {"oplog": []}, {"oplog": {}}, {"oplog": {"entries": "many"}}])
def test_a_manifest_without_an_oplog_asks_for_no_replay(facts: dict[str, object]) -> None:
    assert MongoSaver().replays(facts) == 0
    assert MongoSaver().replays(OPLOG) == 2


def test_a_replay_takes_the_whole_archive_under_its_own_names() -> None:
    script = MongoSaver().replay(Subject("db", side="0a", only=("shop",))).script
    assert "--oplogReplay --stopOnError" in script
    assert "--ns" not in script, "mongorestore refuses to replay onto other names"
