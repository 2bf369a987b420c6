from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.errors import Misuse
from stackctl.stack.durations import human, parse_duration, seconds_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90.0),
        ("5m", 300.0),
        ("1h30m", 5400.0),
        ("1m30s", 90.0),
        ("250ms", 0.25),
        ("1.5s", 1.5),
        ("10us", 0.00001),
        ("10µs", 0.00001),
        ("100ns", 1e-7),
        ("2d", 172800.0),
        ("30", 30.0),
        ("0", 0.0),
        ("0s", 0.0),
        (15, 15.0),
        (0.5, 0.5),
    ],
)
def test_durations_are_read_as_compose_and_go_write_them(text: object, seconds: float) -> None:
    assert seconds_of(text, -1.0) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "5 m", "m5", "-5s", "5x", "5s!", "1h 30m", None, [], {}])
def test_anything_else_is_the_default(text: object) -> None:
    assert seconds_of(text, 7.0) == 7.0


@pytest.mark.parametrize("text", ["", "soon", "-5s", "5 minutes", "5mm"])
def test_what_a_user_typed_wrong_is_said_with_an_example(text: str) -> None:
    with pytest.raises(Misuse) as caught:
        parse_duration(text)
    assert caught.value.exit_code == 2
    assert "90s" in caught.value.hint


def test_what_a_user_typed_right_is_seconds() -> None:
    assert parse_duration("5m") == 300.0
    assert parse_duration("0") == 0.0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.84, "840 ms"),
        (1, "1.0 s"),
        (4.21, "4.2 s"),
        (60, "1 min"),
        (185, "3 min 5 s"),
        (3600, "1 h"),
        (7440, "2 h 4 min"),
        (3 * 86400, "3 d"),
        (47 * 3600, "47 h"),
    ],
)
def test_durations_for_people(seconds: float, text: str) -> None:
    assert human(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.9999, "1.0 s"), (59.97, "1 min")])
def test_rounding_never_reaches_the_next_unit(seconds: float, text: str) -> None:
    assert human(seconds) == text


@given(st.floats(min_value=0, max_value=1e12, allow_nan=False))
def test_every_duration_can_be_shown(seconds: float) -> None:
    text = human(seconds)
    assert text.split()[1] in ("ms", "s", "min", "h", "d")


@given(st.text(max_size=20) | st.from_regex(r"\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d)", fullmatch=True))
def test_reading_a_duration_never_fails_otherwise(text: str) -> None:
    assert seconds_of(text, -1.0) >= -1.0
    try:
        assert parse_duration(text) >= 0
    except Misuse:
        assert seconds_of(text, -1.0) < 0


@given(st.integers(0, 100), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_a_duration_is_the_sum_of_its_parts(hours: int, minutes: int, seconds: int, millis: int) -> None:
    expected = hours * 3600 + minutes * 60 + seconds + millis / 1000
    assert seconds_of(f"{hours}h{minutes}m{seconds}s{millis}ms", -1.0) == pytest.approx(expected)
