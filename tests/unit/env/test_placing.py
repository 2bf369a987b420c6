from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.env.grammar import Addition, parse
from stackctl.env.placing import put_in_place
from stackctl.env.removing import remove
from stackctl.errors import ConfigError
from tests.unit.env.generator import env_file

ORDER = ["A", "B", "C", "D"]


def placed(text: str, *additions: Addition) -> str:
    return put_in_place(parse(text.encode(), "x.env"), ORDER, additions).text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A=1\nC=3\n", "A=1\nB=2\nC=3\n"),
        ("A=1 # note\n\n# of C\nC=3\n", "A=1 # note\nB=2\n\n# of C\nC=3\n"),
        ("# head\n\n# of C\nC=3\n", "# head\n\nB=2\n\n# of C\nC=3\n"),
        ("# of C\nC=3\n", "B=2\n\n# of C\nC=3\n"),
        ("# Made by stackctl of x\nC=3\n", "# Made by stackctl of x\nB=2\n\nC=3\n"),
        ("X=9\n", "X=9\nB=2\n"),
        ("X=9", "X=9\nB=2\n"),
        ("A=1", "A=1\nB=2\n"),
        ("", "B=2\n"),
        ("A='1\n2' X=\"3\n4\"\nC=5\n", "A='1\n2' X=\"3\n4\"\nB=2\nC=5\n"),
        ("C=3\nA=1\n", "C=3\nA=1\nB=2\n"),
        ("A=1\r\nC=3\r\n", "A=1\r\nB=2\r\nC=3\r\n"),
        ("A=1\nA=2\nC=3\n", "A=1\nA=2\nB=2\nC=3\n"),
    ],
)
def test_an_entry_comes_after_the_one_that_precedes_it_in_the_template(before: str, after: str) -> None:
    assert placed(before, Addition("B", "2")) == after


def test_comments_come_with_it_and_several_keep_their_order() -> None:
    text = placed("A=1\nD=4\n", Addition("B", "2", ("", "two")), Addition("C", "3"))
    assert text == "A=1\n\n# two\nB=2\nC=3\nD=4\n"


def test_what_is_in_no_order_goes_after_the_last_one_that_is() -> None:
    assert placed("A=1\nX=9\n", Addition("NEW", "2")) == "A=1\nNEW=2\nX=9\n"


def test_a_name_that_cannot_be_one_is_refused() -> None:
    with pytest.raises(ConfigError, match="cannot be a variable's name"):
        placed("A=1\n", Addition("A B", "1"))


@given(st.integers(min_value=0, max_value=100_000), st.text(max_size=20).filter(lambda text: "\0" not in text))
def test_whatever_the_file_every_other_byte_stays(seed: int, value: str) -> None:
    data = env_file(seed)
    try:
        before = parse(data, "x.env")
        addition = Addition("NEW_KEY", value)
        after = put_in_place(before, ["A", "K", "NEW_KEY", "L", "B"], [addition])
    except ConfigError:
        return
    if before.entries and not before.entries[-1].key:
        return  # a last name without a line end becomes an entry once a line follows
    kept = [(entry.key, entry.raw_value) for entry in after.entries if entry.key != "NEW_KEY"]
    assert kept == [(entry.key, entry.raw_value) for entry in before.entries if entry.key != "NEW_KEY"]
    if "NEW_KEY" not in before:
        # A gap that came with it may stay, and the end of a last line that had none.
        removed = lines_of(remove(after, "NEW_KEY").text)
        assert removed in (lines_of(before.text), lines_of(before.text + before.line_end))


def lines_of(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def test_the_end_of_an_open_line_is_that_of_the_file() -> None:
    assert placed("A=1\r\nX=9", Addition("B", "2")) == "A=1\r\nB=2\r\nX=9"
    assert placed("X=9\r\nA=1", Addition("B", "2")) == "X=9\r\nA=1\r\nB=2\r\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A=1\nB=2\nC=3\n", "A=1\nC=3\n"),
        ("A=1\nexport B=2 # note\nC=3\n", "A=1\nC=3\n"),
        ("A=1\n\n# What B is.\nB=2\nC=3\n", "A=1\nC=3\n"),
        ("A=1\n\n# my own words\nB=2\nC=3\n", "A=1\n\n# my own words\nC=3\n"),
        ("A=1\n# In no template any more.\nB=2\n", "A=1\n"),
        ('A="1" B=2\n', 'A="1" \n'),
        ('B="2" C=3\n', "C=3\n"),
        ("B=1\nA=1\nB='2\n3'\n", "A=1\n"),
        ("B\nA=1\n", "A=1\n"),
        ("A=1\nB=2", "A=1\n"),
    ],
)
def test_what_goes_goes_with_its_own_comment_only(before: str, after: str) -> None:
    assert remove(parse(before.encode(), "x.env"), "B", ["What B is."]).text == after
