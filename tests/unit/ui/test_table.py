from __future__ import annotations

import pytest

from stackctl.ui.bytes import human_bytes
from stackctl.ui.style import BOLD, DIM, GOOD, Style, style_for, width_of
from stackctl.ui.table import Cell, table
from tests.unit.ui.screens import Pipe, Terminal

PLAIN, PAINTED = Style(on=False), Style(on=True)


def test_columns_are_aligned_and_nothing_trails() -> None:
    rows = [["web", "running", "x"], ["mongodb", "exited", ""]]
    assert table(("service", "state", "ports"), rows, PLAIN) == [
        "SERVICE  STATE    PORTS",
        "web      running  x",
        "mongodb  exited",
    ]


def test_a_column_that_is_empty_everywhere_is_left_out() -> None:
    assert table(("a", "b", "c"), [["1", "", "3"], ["4", "", ""]], PLAIN) == ["A  C", "1  3", "4"]


def test_in_a_pipe_nothing_is_cut() -> None:
    long = "x" * 500
    assert table(("a", "b"), [["1", long]], PLAIN)[1] == f"1  {long}"


def test_on_a_terminal_the_last_column_gives_way() -> None:
    lines = table(("a", "b"), [["12345", "x" * 50], ["1", "short"]], PLAIN, width=20)
    assert lines[1] == "12345  xxxxxxxxxxxx…"
    assert lines[2] == "1      short"
    assert max(len(line) for line in lines) <= 20


def test_a_terminal_that_is_wide_enough_cuts_nothing() -> None:
    rows = [["1", "x" * 10]]
    assert table(("a", "b"), rows, PLAIN, width=13) == table(("a", "b"), rows, PLAIN)


def test_paint_does_not_count_as_width() -> None:
    rows: list[list[Cell | str]] = [[Cell("web", (GOOD,)), "up"], [Cell("mongodb"), "up"]]
    painted = table(("service", "state"), rows, PAINTED)
    assert painted[1] == "\x1b[32mweb\x1b[0m      up"
    assert "\x1b[" not in "".join(table(("service", "state"), rows, PLAIN))
    assert painted[0].startswith("\x1b[2mSERVICE\x1b[0m")


def test_no_rows_show_nothing() -> None:
    assert "".join(table(("a", "b"), [], PLAIN)).strip() == ""


def test_paint_is_for_a_terminal_that_wants_it() -> None:
    assert style_for(Terminal(), {"TERM": "xterm"}).on
    assert not style_for(Pipe(), {"TERM": "xterm"}).on
    for shell in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert not style_for(Terminal(), shell).on
    assert style_for(Terminal(), {"NO_COLOR": ""}).on


def test_in_ci_nothing_is_painted_even_on_a_terminal() -> None:
    assert not style_for(Terminal(), {"CI": "true", "TERM": "xterm"}).on


def test_words_are_painted_or_left_alone() -> None:
    assert PAINTED("x", BOLD, DIM) == "\x1b[1;2mx\x1b[0m"
    assert PAINTED("", BOLD) == ""
    assert PAINTED("x") == "x"
    assert PAINTED("x", "") == "x"
    assert PLAIN("x", BOLD) == "x"


def test_a_pipe_has_no_width() -> None:
    assert width_of(Pipe()) == 0


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (None, "?"),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (86_900_000, "86.9 MB"),
        (155_175_952, "155 MB"),
        (2_500_000_000, "2.5 GB"),
        (3 * 10**12, "3.0 TB"),
    ],
)
def test_sizes_are_for_people(size: int | None, text: str) -> None:
    assert human_bytes(size) == text
