from __future__ import annotations

import pytest

from stackctl.services.saving.base import Damaged, Proof, Subject
from stackctl.services.saving.redis import RdbWalk, RedisSaver, below

RDB = b"REDIS0012" + b"\xfa\x09redis-ver\x058.0.2" + b"\xff" + b"12345678"
SAID = """[offset 0] Checking RDB file /proc/self/fd/3
[info] 501 keys read
[info] 7 expires
[info] 2 already expired
stackctl-size 5394
"""


def test_an_rdb_file_is_known_by_its_head_and_its_end() -> None:
    walk = RdbWalk()
    for byte in RDB:
        walk.feed(bytes([byte]))
    assert walk.end().facts == {"rdb_version": "0012"}


@pytest.mark.parametrize("data", [RDB[:-1], RDB + b"x" * 40, b"", b"REDIS0012", b"-NOAUTH Authentication required."])
def test_a_cut_file_and_one_with_the_forty_bytes_behind_it_are_refused(data: bytes) -> None:
    walk = RdbWalk()
    walk.feed(data)
    with pytest.raises(Damaged):
        walk.end()


def test_the_counts_are_those_of_the_file_itself() -> None:
    assert RedisSaver().counts(Proof(), SAID) == {"keys": 501, "expires": 7, "expired": 2}


@pytest.mark.parametrize(("got", "wrong"), [(5394, 0), (5393, 1)])
def test_what_arrived_must_be_as_long_as_the_snapshot(got: int, wrong: int) -> None:
    assert len(RedisSaver().judge(Subject("cache"), Proof(facts={"stream_bytes": got}), SAID)) == wrong


def test_a_folder_outside_of_the_volume_is_said() -> None:
    assert below(Subject("cache", "/data", state={"dir": "/data"})) == ""
    assert below(Subject("cache", "/data", state={"dir": "/data/live"})) == "live/"
    with pytest.raises(Damaged, match="not in a volume"):
        below(Subject("cache", "/data", state={"dir": "/var/lib/redis"}))
