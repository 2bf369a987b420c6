from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stackctl.engine.logstream import RawLine
from stackctl.logs.resume import Resume
from stackctl.logs.source import Origin, Queue
from tests.unit.logs.made import READ, raw


def since(lines: list[RawLine], bound: bytes) -> list[RawLine]:
    """What the engine gives for `since`: inclusive."""
    return [line for line in lines if line[0] >= bound]


@given(st.lists(st.integers(0, 6), max_size=30).map(sorted), st.integers(0, 30), st.integers(1, 5))
def test_reading_on_gives_every_line_once(times: list[int], stopped: int, portion: int) -> None:
    log = [raw(at, str(number)) for number, at in enumerate(times)]
    read = log[:stopped]
    queue = Queue(Origin("a"), READ)
    queue.add(read)
    mark = queue.mark
    again = since(log, mark.stamp) if mark else log
    resume = Resume(mark)
    for start in range(0, len(again), portion):
        read = read + resume(again[start : start + portion])
    assert read == log
    assert not resume.gap


def test_a_clock_that_went_back_doubles_nothing() -> None:
    log = [raw(10, "a"), raw(11, "b"), raw(5, "c"), raw(6, "d")]
    queue = Queue(Origin("a"), READ)
    queue.add(log[:3])
    assert queue.mark is not None
    assert Resume(queue.mark)(since(log, queue.mark.stamp)) == [log[3]]


def test_what_was_rotated_away_is_no_reason_to_lose_the_rest() -> None:
    queue = Queue(Origin("a"), READ)
    queue.add([raw(1, "gone")])
    resume = Resume(queue.mark)
    assert resume([raw(3, "new")]) == [raw(3, "new")]
    assert resume.gap
