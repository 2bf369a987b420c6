from __future__ import annotations

import re

import pytest

from stackctl.engine.logstream import ERR
from stackctl.errors import Misuse
from stackctl.logs.pick import pick
from stackctl.logs.record import read_all
from stackctl.logs.request import LogRequest
from stackctl.logs.select import Selection, condition, pattern
from tests.unit.logs.made import line, record

LINES = [
    line(0, '{"level":"info","msg":"started","port":80}'),
    line(1, '{"level":"error","msg":"cannot connect","attr":{"ms":120.5,"host":"db"}}'),
    line(2, "an error word in plain text", service="b"),
    line(3, '{"level":"warn","msg":"slow \\u00fc","duration":"1.5s","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}'),
    line(4, "[FATAL] gone", service="b", stream=ERR),
]


def chosen(selection: Selection) -> list[int]:
    records = selection.records(read_all(selection.lines(LINES)))
    return [int(item.stamp[22:23]) for item in records]


def grep(text: str) -> tuple[re.Pattern[str], ...]:
    return (pattern(text, "--grep", ignore_case=False),)


@pytest.mark.parametrize(
    ("selection", "wanted"),
    [
        (Selection(), [0, 1, 2, 3, 4]),
        (Selection(level="warn"), [1, 3, 4]),
        (Selection(level="error"), [1, 4]),
        (Selection(grep=grep("connect|started")), [0, 1]),
        (Selection(grep=grep("slow ü")), [3]),
        (Selection(exclude=grep("error")), [0, 3, 4]),
        (Selection(grep=grep("error"), level="error"), [1]),
        (Selection(fields=(condition("port=80"),)), [0]),
        (Selection(fields=(condition("port!=80"),)), [1, 2, 3, 4]),
        (Selection(fields=(condition("attr.ms>120"),)), [1]),
        (Selection(fields=(condition("attr.ms<120"),)), []),
        (Selection(fields=(condition("duration>=1500ms"),)), [3]),
        (Selection(fields=(condition("attr.host~^d"),)), [1]),
        (Selection(fields=(condition("service=b"),)), [2, 4]),
        (Selection(fields=(condition("level=fatal"),)), [4]),
        (Selection(trace="4bf92f35"), [3]),
        (Selection(stderr=True), [4]),
    ],
)
def test_what_is_wanted(selection: Selection, wanted: list[int]) -> None:
    assert chosen(selection) == wanted


@pytest.mark.parametrize(
    ("text", "place"), [("a(b", "character 2: (b"), ("[z-a]", "character 2: z-a"), ("*", "character 1: *")]
)
def test_a_wrong_expression_says_where_and_why(text: str, place: str) -> None:
    with pytest.raises(Misuse) as caught:
        pattern(text, "--grep", ignore_case=False)
    assert place in caught.value.message
    assert re.escape(text) in caught.value.hint


@pytest.mark.parametrize("text", ["", "=", "a", "a>x", "a~("])
def test_a_wrong_condition_is_misuse(text: str) -> None:
    with pytest.raises(Misuse):
        condition(text)


def shown(request: LogRequest, count: int = 12) -> list[str]:
    batches = [[line(number, f"n{number}") for number in range(at, min(at + 5, count))] for at in range(0, count, 5)]
    text: list[str] = []
    for block in pick(batches, request):
        text += ["--"] if block.gap else []
        text += [item.parsed.message for item in block.records]
    return text


def test_lines_around_a_match_come_once_and_in_order() -> None:
    request = LogRequest(selection=Selection(grep=grep("n[38]$")), context=1)
    assert shown(request) == ["n2", "n3", "n4", "--", "n7", "n8", "n9"]
    assert shown(LogRequest(selection=Selection(grep=grep("n[46]$")), context=1)) == ["n3", "n4", "n5", "n6", "n7"]
    assert shown(LogRequest(selection=Selection(grep=grep("n[47]$")), context=1)) == [
        "n3",
        "n4",
        "n5",
        "n6",
        "n7",
        "n8",
    ]
    assert shown(LogRequest(selection=Selection(grep=grep("n0$")), context=2)) == ["n0", "n1", "n2"]


def test_the_last_lines_are_the_last_of_what_is_wanted() -> None:
    assert shown(LogRequest(tail=3)) == ["n9", "n10", "n11"]
    assert shown(LogRequest(tail=2, selection=Selection(grep=grep("n[1-4]$")))) == ["n3", "n4"]
    assert shown(LogRequest(tail=0)) == []
    assert shown(LogRequest(tail=0, tail_each=5)) == []
    assert shown(LogRequest(tail=2, tail_each=5)) == ["n10", "n11"]
    assert shown(LogRequest(tail=20, tail_each=1)) == ["n11"]


def test_the_last_lines_of_each_service() -> None:
    lines = [line(number, f"n{number}", service="ab"[number % 2 == 0]) for number in range(9)]
    blocks = list(pick([lines], LogRequest(tail_each=1)))
    assert [item.parsed.message for block in blocks for item in block.records] == ["n7", "n8"]


def test_a_field_of_that_name_goes_before_our_own() -> None:
    assert condition("service=x").holds(record('{"msg":"m","service":"x"}'))
