from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.env.grammar import parse
from stackctl.env.write import quote
from stackctl.errors import ConfigError


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("", ""),
        ("a-b_c.d/e:f@g%h+i,j=k", "a-b_c.d/e:f@g%h+i,j=k"),
        ("a b", "'a b'"),
        ("pa$$word", "'pa$$word'"),
        ("# no", "'# no'"),
        ("it's $5", '"it\'s \\$5"'),
        ("C:\\", '"C:\\\\"'),
        ("a\nb", "'a\nb'"),
        ("a'\r\nb", '"a\'\\r\\nb"'),
        ("~", "'~'"),
        ("!x", "'!x'"),
    ],
)
def test_the_plainest_form_that_is_safe(value: str, written: str) -> None:
    assert quote(value) == written


def test_quotes_on_request() -> None:
    assert quote("", quoted=True) == "''"
    assert quote("a", quoted=True) == "'a'"


@given(st.text(st.sampled_from("ab'\"\\$ {}#\n\r\t0")), st.booleans())
def test_every_value_comes_back(value: str, quoted: bool) -> None:
    written = quote(value, quoted=quoted)
    assert parse(f"K={written}\nL=1\n".encode(), "x").resolve({"a": "no"}, as_env_file=True) == {"K": value, "L": "1"}


@pytest.mark.parametrize("value", ["a\x00b", "\ud800"])
def test_what_no_environment_carries_is_refused(value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        quote(value)
    assert value not in caught.value.message


def test_bytes_that_are_not_utf8_pass() -> None:
    value = parse(b"K=caf\xe9\n", "x").resolve({}, as_env_file=True)["K"]
    assert parse(b"", "x").append("K", value).to_bytes() == b"K='caf\xe9'\n"
