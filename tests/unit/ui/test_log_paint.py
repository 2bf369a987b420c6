from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.ui.log_paint import Look, Painter
from tests.unit.logs.made import record

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
JSON = f'{{"level":"warn","message":"slow","path":"/a b","ms":12,"logger":"app","trace_id":"{TRACE}"}}'


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;;.*?\x1b\\", "", text)


def test_a_pipe_gets_whole_times_and_no_control_codes() -> None:
    text = Painter(Look(utc=True), ["core", "db"])(
        [record(JSON, service="db"), record("x", millis=1500, service="core")]
    )
    assert text == (
        '2026-08-22T10:00:00.000Z db    WARN   slow path="/a b" ms=12 trace=4bf92f3577b34da6a3ce929d0e0e4736\n'
        "2026-08-22T10:00:01.500Z core         x\n"
    )


def test_a_terminal_gets_the_same_words_in_colours() -> None:
    look = Look(utc=True, colour=True, full_time=False)
    text = Painter(look)([record(JSON, service="db")])
    assert "\x1b[33mWARN" in text
    assert plain(text) == '10:00:00.000 db  WARN   slow path="/a b" ms=12 trace=4bf92f35\n'


@pytest.mark.parametrize("cut", [True, False])
def test_long_lines_fit_the_terminal(cut: bool) -> None:
    look = Look(utc=True, colour=True, full_time=False, width=60, cut=cut)
    lines = plain(Painter(look)([record("word " * 40)])).splitlines()
    assert all(len(line) <= 60 for line in lines)
    assert (len(lines) == 1) == cut
    assert lines[0].endswith("…") == cut


def test_a_record_of_several_lines_stands_under_its_message() -> None:
    text = Painter(Look(utc=True))([record("ERROR: no\n  at a\n  at b")])
    assert text.splitlines() == ["2026-08-22T10:00:00.000Z a  ERROR  no", " " * 35 + "  at a", " " * 35 + "  at b"]


def test_repeats_are_one_line_with_their_number() -> None:
    painter = Painter(Look(collapse=True, utc=True))
    text = painter([record("x", millis=number) for number in range(3)] + [record("y")]) + painter.flush()
    assert text.splitlines() == ["2026-08-22T10:00:00.000Z a         x ×3", "2026-08-22T10:00:00.000Z a         y"]
    assert painter.flush() == ""


def test_lines_that_look_the_same_are_repeats() -> None:
    painter = Painter(Look(collapse=True, utc=True))
    lines = [f'{{"msg":"m","id":{number},"a":1}}' for number in range(3)] + ['{"msg":"m","id":1,"a":2}']
    text = painter([record(line) for line in lines]) + painter.flush()
    assert [line[26:].strip() for line in text.splitlines()] == ["m a=1 ×3", "m a=2"]


def test_everything_is_shown_when_asked() -> None:
    text = Painter(Look(verbose=True, utc=True))([record(JSON)])
    assert "logger=app" in text
    assert "logger=app" not in Painter(Look(utc=True))([record(JSON)])


def test_long_values_are_short_and_many_fields_are_few_until_asked() -> None:
    line = '{"msg":"m","long":"' + "a" * 200 + '",' + ",".join(f'"k{n}":{n}' for n in range(20)) + "}"
    short = Painter(Look())([record(line)])
    assert "a" * 59 + "…" in short
    assert "k12=" not in short
    assert "k12=12" in Painter(Look(verbose=True))([record(line)])


def test_fields_as_json_below() -> None:
    lines = Painter(Look(pretty=True, utc=True))([record('{"msg":"m","a":{"b":1}}')]).splitlines()
    assert lines[0].endswith("  m")
    assert [line.strip() for line in lines[1:]] == ["{", '"a": {', '"b": 1', "}", "}"]


def test_matches_are_marked_and_traces_are_links() -> None:
    look = Look(colour=True, marks=(re.compile("sl.w"),), link="http://127.0.0.1:16686/trace/{id}", width=200)
    text = Painter(look)([record(JSON)])
    assert "\x1b[7mslow\x1b[27m" in text
    assert (
        "\x1b]8;;http://127.0.0.1:16686/trace/4bf92f3577b34da6a3ce929d0e0e4736\x1b\\trace=4bf92f35\x1b]8;;\x1b\\"
        in text
    )


def test_a_message_cannot_move_the_cursor() -> None:
    text = Painter(Look(colour=True))([record('{"msg":"a\\u001b[2Jb\\rc"}')])
    assert "\x1b[2J" not in text


def test_pretty_fields_do_not_take_the_place_of_the_trace() -> None:
    text = Painter(Look(pretty=True, utc=True))([record(JSON)])
    assert text.splitlines()[0].endswith(f"WARN   slow trace={TRACE}")
    assert '"ms": 12' in text


words = st.text(st.characters(codec="utf-8"), max_size=70)
values = words | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.booleans() | st.none() | st.just([1])


@given(
    st.dictionaries(st.sampled_from(["a", "b", "id", "logger", "c_d", "trace_id", "level"]), values),
    words,
    st.booleans(),
    st.booleans(),
)
def test_the_quick_way_of_a_pipe_says_the_same_as_the_careful_one_of_a_terminal(
    fields: dict[str, object], message: str, colour: bool, verbose: bool
) -> None:
    lines = [record(json.dumps({"message": message, **fields})), record(JSON, millis=3, service="db")] * 2

    def words_of(width: int) -> list[str]:
        look = Look(utc=True, colour=colour, verbose=verbose, width=width)
        return [line.strip() for line in plain(Painter(look, ["a", "db"])(lines)).split("\n")]

    assert words_of(0) == words_of(1_000_000)
