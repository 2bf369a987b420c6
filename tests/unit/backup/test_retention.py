from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.backup.catalogue import Entry
from stackctl.backup.retention import judge, rules_from
from stackctl.errors import ConfigError
from tests.unit.backup.made import entry

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(hours_ago: float, level: str = "full", **notes: object) -> Entry:
    return entry(f"{NOW - timedelta(hours=hours_ago):%Y-%m-%dT%H-%M-%S}-abcd", level, **notes)


def kept(entries: list[Entry], **rules: int) -> list[Entry]:
    return [verdict.entry for verdict in judge(entries, rules, "full", NOW) if verdict.stays]


def test_each_rule_keeps_the_newest_of_its_span() -> None:
    sets = [at(hours) for hours in (1, 2, 25, 26, 49, 24 * 40)]
    assert kept(sets, daily=2) == [sets[0], sets[2]]
    assert kept(sets, last=2, monthly=3) == [sets[0], sets[1], sets[2], sets[5]], "March, February, January"
    assert kept(sets, last=1) == [sets[0]]
    assert kept(sets, hourly=3) == sets[:3]


def test_failed_and_unchecked_sets_never_push_out_good_ones() -> None:
    good = [at(100), at(101)]
    newer = [at(hours, level="") for hours in range(1, 20)]
    assert {item.id for item in kept([*newer, *good], last=2)} >= {item.id for item in good}


def test_the_last_verified_one_stays_even_where_no_rule_wants_it() -> None:
    only = at(24 * 365)
    assert kept([only, at(1, level="quick")], hourly=0, last=0) == [at(1, level="quick"), only]


def test_pinned_sets_stay_and_do_not_count() -> None:
    pinned, one, two = at(1, pinned="before a restore"), at(2), at(3)
    assert kept([pinned, one, two], last=1) == [pinned, one]


def test_a_set_from_the_future_neither_goes_nor_counts() -> None:
    future, good, old = at(-24), at(2), at(3)
    assert kept([future, good, old], last=1) == [future, good]


SETS = st.lists(
    st.tuples(st.integers(-50, 5000), st.sampled_from(["", "quick", "full"])),
    unique_by=lambda item: item[0],
    max_size=30,
)
WORDS = ("last", "hourly", "daily", "weekly", "monthly")


@given(SETS, st.fixed_dictionaries({}, optional={name: st.integers(0, 5) for name in WORDS}))
def test_whatever_the_rules_a_verified_set_is_left_and_nothing_unverified_goes(
    made: list[tuple[int, str]], rules: dict[str, int]
) -> None:
    entries = [at(hours, level) for hours, level in made]
    stay = {item.id for item in kept(entries, **rules)}
    gone = [item for item in entries if item.id not in stay]
    assert all(item.passed("full") for item in gone)
    assert not gone or any(item.passed("full") for item in entries if item.id in stay)


@pytest.mark.parametrize("raw", [None, {}, {"last": 0}, {"yearly": 1}, {"last": "3"}, {"last": -1}, {"daily": True}])
def test_what_is_no_rule(raw: object) -> None:
    with pytest.raises(ConfigError):
        rules_from(raw)
