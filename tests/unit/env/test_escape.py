from __future__ import annotations

import pytest

from stackctl.env.escape import unescape


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (r'"\a\b\f\n\r\t\v\\\""', '\a\b\f\n\r\t\v\\"'),
        (r'"\c\x41\u00e9\z\'"', r"\c\x41\u00e9\z\'"),
        (r'"\$A$B"', "$$A$B"),
        (r'"\0101\0377"', "A\u00ff"),
        (r'"\0\08\012\0400\0777\0888"', r"\\8\12\400\777\888"),
        (r'"\01019"', "A9"),
        (r"'\n\\\$\''", r"\n\\\$'"),
        ("'a\nb'", "a\nb"),
    ],
)
def test_quotes(raw: str, text: str) -> None:
    assert unescape(raw, "single" if raw[0] == "'" else "double") == text


def test_without_quotes_nothing_is_an_escape() -> None:
    assert unescape(r"a\n\$", "none") == r"a\n\$"
