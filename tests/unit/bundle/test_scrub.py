"""Hiding secrets in JSON values: known ones in every form, and what looks like one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.bundle.scrub import PRIVATE_KEY, Scrubber, kinds
from stackctl.errors import CheckFailed
from stackctl.mask import Mask, forms

SECRET = "pa$$w0rd/of+the=shop"
KEY = ["-----BEGIN RSA PRIVATE KEY-----", "Proc-Type: 4,ENCRYPTED", "", *["MIIEow" + "aZ09+/" * 9] * 3]
END = "-----END RSA PRIVATE KEY-----"


def scrubber(*values: str) -> Scrubber:
    return Scrubber(Mask([SECRET, *values]))


LEAVES = st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(sorted(forms(SECRET)))
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(sorted(forms(SECRET))), inner)
    ),
    max_leaves=20,
)


@given(VALUES, st.text(), st.text())
def test_no_form_of_a_known_value_is_left(value: Any, before: str, after: str) -> None:
    scrub = scrubber()
    text = scrub.document({"a": value, "b": [f"{before}{SECRET}{after}"]})
    assert not any(form in text for form in forms(SECRET) if len(form) >= 8)
    assert json.loads(text).keys() == {"a", "b"}
    assert scrub.redacted["known value"] >= 1


@given(st.lists(st.dictionaries(st.sampled_from(["message", "fields", "stream"]), VALUES, min_size=1)))
def test_lines_stay_lines(rows: list[dict[str, Any]]) -> None:
    try:
        text = scrubber().lines(rows)
    except (TypeError, UnicodeEncodeError):
        return  # no JSON: lone surrogates, numbers beyond 64 bits; what is no JSON was never read from a log
    assert len(text.splitlines()) >= len(rows)
    assert text.count("\n") == len(rows)
    assert not any(form in text for form in forms(SECRET) if len(form) >= 8)


def test_shapes_and_numbers_stay_as_they_are() -> None:
    value = {"n": 1, "f": 1.5, "t": True, "z": None, "l": [1, "a"], "fingerprints": {"DB_PASSWORD": "0123456789abcdef"}}
    scrub = scrubber()
    assert scrub.value(value) == value
    assert kinds(scrub.redacted) == {}


def test_a_private_key_over_many_lines_is_hidden_to_its_end() -> None:
    rows = [{"text": text, "stream": "out"} for text in ("before", *KEY, END, "after")]
    other = [{"text": "abcdef", "stream": "err"}]
    scrub = scrubber()
    found = scrub.value([*rows[:4], *other, *rows[4:]])
    assert [row["text"] for row in found if row["stream"] == "out"] == ["before", *["***"] * 7, "after"]
    assert found[4] == other[0]
    assert kinds(scrub.redacted) == {PRIVATE_KEY: 7}


@pytest.mark.parametrize("text", ["\n".join((*KEY, END)), "\\n".join((*KEY, END)), "\n".join(KEY)])
def test_a_private_key_in_one_text_is_hidden(text: str) -> None:
    found = scrubber().value({"message": f"key: {text}"})
    assert "MIIE" not in found["message"]
    assert found["message"].startswith("key: ***")


def test_a_key_that_never_ends_takes_no_other_lines_with_it() -> None:
    rows = [{"message": text} for text in (KEY[0], KEY[-1], "the app is up", "ok")]
    assert [row["message"] for row in scrubber().value(rows)] == ["***", "***", "the app is up", "ok"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Authorization: Bearer a9F3kL0pQ7zX2vB8nM4c", "authorization"),
        ("AKIAABCDEFGHIJKLMNOP", "AWS access key"),
        (
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
            "signed token",
        ),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str, kind: str) -> None:
    scrub = scrubber()
    assert scrub.value(text).endswith("***")
    assert kinds(scrub.redacted) == {kind: 1}


class Blind(Mask):
    """Hides nothing."""

    def __call__(self, text: str) -> str:
        return text


def test_a_file_in_which_a_known_value_would_stand_is_refused() -> None:
    scrub = Scrubber(Blind([SECRET]))
    with pytest.raises(CheckFailed):
        scrub.document([SECRET])
    with pytest.raises(CheckFailed):
        scrub.lines([{"message": f"x {SECRET}"}])
