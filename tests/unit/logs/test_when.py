from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.errors import Misuse
from stackctl.logs.when import parse_when, stamp_of

NOW = datetime(2026, 8, 22, 10, 30, tzinfo=UTC)
ZONE = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("5m", "2026-08-22T10:25:00"),
        ("1h30m ago", "2026-08-22T09:00:00"),
        ("90", "2026-08-22T10:28:30"),
        ("12:00", "2026-08-22T10:00:00"),
        ("12:00:01.5", "2026-08-22T10:00:01.500000"),
        ("23:00", "2026-08-21T21:00:00"),
        ("today", "2026-08-21T22:00:00"),
        ("yesterday", "2026-08-20T22:00:00"),
        ("2026-08-01", "2026-07-31T22:00:00"),
        ("2026-08-01 08:00", "2026-08-01T06:00:00"),
        ("2026-08-01T08:00:00Z", "2026-08-01T08:00:00"),
        ("2026-08-01T08:00:00.123456789+01:00", "2026-08-01T07:00:00.123456"),
        ("1787392800.5", "2026-08-22T10:00:00.500000"),
    ],
)
def test_a_time_is_understood(text: str, wanted: str) -> None:
    assert parse_when(text, NOW, ZONE).isoformat() == f"{wanted}+00:00"


@pytest.mark.parametrize("text", ["", "soon", "25:00", "2026-13-01", "-5m", "5 parsecs"])
def test_anything_else_is_misuse(text: str) -> None:
    with pytest.raises(Misuse):
        parse_when(text, NOW, ZONE)


@given(st.text(max_size=20))
def test_any_text_is_a_time_or_misuse(text: str) -> None:
    with suppress(Misuse):
        assert parse_when(text, NOW, ZONE).tzinfo is not None


def test_stamps_sort_as_their_times() -> None:
    assert stamp_of(NOW) == b"2026-08-22T10:30:00.000000000Z"
    assert stamp_of(NOW) < stamp_of(NOW + timedelta(microseconds=1))
