from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stackctl.engine.logstream import ERR, OUT, RawLine
from stackctl.engine.stream import ApiRefused
from stackctl.logs import merge
from stackctl.logs.merge import Feed, merged
from stackctl.logs.source import Line
from tests.unit.fakes import FakeReader
from tests.unit.logs.made import feed, raw, stamp

NAPS: list[float] = []  # waited for nothing: what a test's log has, it has at once


def all_of(feeds: list[Feed]) -> list[Line]:
    told: list[object] = []
    found = [line for batch in merged(feeds, lambda _feed, error: told.append(error), NAPS.append) for line in batch]
    assert not told
    return found


def texts(lines: list[Line]) -> list[str]:
    return [f"{line[1].name}:{line[3].decode()}" for line in lines]


def test_lines_of_two_services_come_by_time() -> None:
    found = all_of([feed("a", [raw(1, "1"), raw(5, "5")]), feed("b", [raw(2, "2"), raw(3, "3"), raw(9, "9")])])
    assert texts(found) == ["a:1", "b:2", "b:3", "a:5", "b:9"]


def test_the_same_moment_keeps_the_order_of_the_services() -> None:
    found = all_of([feed("a", [raw(1, "x"), raw(1, "y")]), feed("b", [raw(1, "z")])])
    assert texts(found) == ["a:x", "a:y", "b:z"]


def test_a_clock_that_goes_back_does_not_turn_lines_around() -> None:
    found = all_of([feed("a", [raw(9, "1"), raw(2, "2"), raw(10, "3")]), feed("b", [raw(5, "x")])])
    assert [text for text in texts(found) if text[0] == "a"] == ["a:1", "a:2", "a:3"]
    assert len(found) == 4


def test_a_stack_trace_is_one_record_and_others_come_after_its_beginning() -> None:
    trace = [raw(1, "ERROR bad"), raw(1, "Traceback (most recent call last):"), raw(3, '  File "x"'), raw(3, "E: x")]
    found = all_of([feed("a", trace, [raw(4, "next")]), feed("b", [raw(2, "between")])])
    assert [line[3].count(b"\n") for line in found] == [3, 0, 0]
    assert texts(found)[1:] == ["b:between", "a:next"]


def test_streams_do_not_join_each_other() -> None:
    found = all_of([feed("a", [raw(1, "ERROR x", ERR), raw(1, "  indented", OUT)])])
    assert len(found) == 2


def test_a_log_that_cannot_be_read_is_told_and_the_others_go_on() -> None:
    class Refusing(FakeReader):
        def take(self) -> list[RawLine]:
            raise ApiRefused(501, "no")

    told: list[str] = []
    bad = Feed(Refusing([[]]), feed("b").queue)
    good = feed("a", [raw(1, "1")])
    found = [
        line
        for batch in merged([bad, good], lambda it, error: told.append(f"{it.queue.origin.name} {error}"), NAPS.append)
        for line in batch
    ]
    assert texts(found) == ["a:1"]
    assert told == ["b the Docker engine says: no"]


def test_a_source_that_is_ahead_waits_for_the_others() -> None:
    # One source has everything at once, the other comes line by line: what is held must stay small.
    fast = feed("a", *[[raw(number, "{}") for number in range(at, at + 5000)] for at in range(0, 200_000, 5000)])
    slow = feed("b", *[[raw(number, "{}")] for number in range(0, 200_000, 1000)])
    most = count = 0
    for batch in merged([fast, slow], lambda *_: None, NAPS.append):
        count += len(batch)
        most = max(most, len(fast.queue.lines))
    assert count == 200_200
    assert most <= merge.MOST_LINES + 5000


def test_a_hundred_services_come_by_time_in_bounded_memory() -> None:
    # Each has 2,000 lines, in portions; line n of service s is written at n * 100 + s.
    feeds = [
        feed(
            f"s{service}", *[[raw(n * 100 + service, "{}") for n in range(at, at + 250)] for at in range(0, 2000, 250)]
        )
        for service in range(100)
    ]
    held, before, count = 0, b"", 0
    for batch in merged(feeds, lambda *_: None, NAPS.append):
        count += len(batch)
        assert before <= batch[0][0]
        before = batch[-1][0]
        assert [line[0] for line in batch] == sorted(line[0] for line in batch)
        held = max(held, sum(len(item.queue.lines) for item in feeds))
    assert count == 200_000
    assert held <= merge.MOST_LINES + 100 * 250


def test_a_long_log_that_comes_line_by_line_is_left_to_gather_and_a_short_one_is_not() -> None:
    def naps(lines: int, portion: int) -> int:
        waited: list[float] = []
        portions = [[raw(n, "{}") for n in range(at, at + portion)] for at in range(0, lines, portion)]
        assert sum(len(batch) for batch in merged([feed("a", *portions)], lambda *_: None, waited.append)) == lines
        return len(waited)

    assert naps(merge.BATCH * 2, 10) > 0
    assert naps(merge.BATCH // 2, 10) == 0
    assert naps(merge.BATCH * 10, merge.BATCH) <= 1  # what comes in large portions is read on at once; the end is none


def test_a_time_in_the_future_holds_nobody_back() -> None:
    found = all_of(
        [feed("a", [raw(1, "1")], [raw(3_000_000, "2099")], [raw(3, "3")]), feed("b", [raw(2, "x"), raw(4, "y")])]
    )
    assert texts(found) == ["a:1", "b:x", "b:y", "a:2099", "a:3"]


def test_nothing_stands_still_where_all_lines_have_one_stamp() -> None:
    same = [[(stamp(1), OUT, b"{}")] * 30_000] * 4
    assert len(all_of([feed("a", *same), feed("b", *same)])) == 240_000


def test_a_line_longer_than_all_that_may_be_held_comes_out() -> None:
    huge = b"{" + b"x" * (merge.MOST_HELD + 1)
    found = all_of([feed("a", [raw(1, "1")], [raw(2, huge)], [raw(3, "3")]), feed("b", [raw(1, "y")])])
    assert [len(line[3]) for line in found] == [1, 1, len(huge), 1]


portions = st.lists(
    st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["{}", "x", "  in", ""])), max_size=6), max_size=5
)


@given(st.lists(portions, min_size=1, max_size=4))
def test_nothing_is_lost_nothing_doubled_and_each_source_keeps_its_order(
    sources: list[list[list[tuple[int, str]]]],
) -> None:
    number = 0
    feeds: list[Feed] = []
    given_lines: dict[str, list[bytes]] = {}
    for index, source in enumerate(sources):
        name = f"s{index}"
        made = []
        for portion in source:
            lines = []
            for millis, text in portion:
                number += 1
                lines.append(raw(millis, f"{text}{number}"))
            made.append(lines)
        given_lines[name] = [text for lines in made for _stamp, _stream, text in lines]
        feeds.append(feed(name, *made))
    found = all_of(feeds)
    for name, wanted in given_lines.items():
        # A record is its lines with line feeds: taken apart again they are what was written.
        got = [part for item in found if item[1].name == name for part in item[3].split(b"\n")]
        assert got == wanted
    keys = [item[0] for item in found]
    assert keys == sorted(keys)


@given(st.lists(portions, min_size=2, max_size=3))
def test_how_the_lines_arrive_does_not_matter(sources: list[list[list[tuple[int, str]]]]) -> None:
    ordered = [sorted((item for portion in source for item in portion), key=lambda item: item[0]) for source in sources]
    at_once = [feed(f"s{i}", [raw(at, "{" + text) for at, text in lines]) for i, lines in enumerate(ordered)]
    singly = [feed(f"s{i}", *[[raw(at, "{" + text)] for at, text in lines]) for i, lines in enumerate(ordered)]
    assert texts(all_of(at_once)) == texts(all_of(singly))
