from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.engine.events import ACTIONS, EngineEvent, events_words, parse_event

# As Docker 26.1 printed them.
CREATED = "4701cf92712c 1795257508622759174 create\n"
HEALTHY = "4701cf92712c 1795257509908980107 health_status: healthy\n"


def test_a_line_becomes_an_event() -> None:
    event = parse_event(CREATED)
    assert event is not None
    assert (event.container, event.action, event.health) == ("4701cf92712c", "create", "")
    assert event.at.isoformat() == "2026-11-21T10:38:28.622759+00:00"


def test_a_change_of_health_says_to_what() -> None:
    event = parse_event(HEALTHY)
    assert event is not None
    assert (event.action, event.health) == ("health_status", "healthy")


@pytest.mark.parametrize("line", ["", "\n", "WARNING: the API is old\n", "abc create\n", "a b c\n"])
def test_what_is_no_event_is_nothing(line: str) -> None:
    assert parse_event(line) is None


@given(st.text())
def test_no_line_is_an_error(line: str) -> None:
    found = parse_event(line)
    assert found is None or isinstance(found, EngineEvent)


def test_the_words_name_project_span_and_actions() -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    words = events_words("shop", now)
    stamps = [float(words[words.index(flag) + 1]) for flag in ("--since", "--until")]
    assert stamps[0] < now.timestamp() < stamps[1] <= now.timestamp() + 600
    assert "label=com.docker.compose.project=shop" in words
    assert [word for word in words if word.startswith("event=")] == [f"event={action}" for action in ACTIONS]
    assert not any("exec" in word for word in words)
