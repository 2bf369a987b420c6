from __future__ import annotations

import pytest

from stackctl.secrets.weak import weak_secret

WORDS = ("postgres", "core", "redis:8", "LOG_LEVEL")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("short", "has fewer than 8 characters"),
        ("postgres", "is also the name of something in the stack"),
        ("core", "is also the name of something in the stack"),
        ("LOG_LEVEL", "is also the name of something in the stack"),
        ("aaaaaaaaaaaa", "repeats one or two characters"),
    ],
)
def test_what_is_weak_is_said_without_the_value(value: str, said: str) -> None:
    finding = weak_secret("DB_PASSWORD", value, WORDS)
    assert finding is not None
    assert (finding.code, finding.severity, finding.subject) == ("weak-secret", "warning", "DB_PASSWORD")
    assert said in finding.message
    assert value not in finding.message.replace("DB_PASSWORD", "") + finding.hint


@pytest.mark.parametrize("value", ["", "12345678", "a-long-enough-one", "3f2a9c1d77ab"])
def test_what_is_not(value: str) -> None:
    assert weak_secret("DB_PASSWORD", value, WORDS) is None
