import json

import pytest

from stackctl.verify.boards import BoardError, board, open_variables, read_board

SOURCE = {"type": "prometheus", "uid": "p"}


def panel(title: str, expr: str, description: str = "", **more: object) -> dict[str, object]:
    return {"title": title, "description": description, "datasource": SOURCE, "targets": [{"expr": expr, **more}]}


def test_queries_are_found_in_rows_and_with_the_panels_own_source() -> None:
    model = {"uid": "u", "title": "T", "panels": [{"type": "row", "panels": [panel("in", "up")]}, panel("out", "down")]}
    found = board(model)
    assert [(query.panel, query.expr, query.source) for query in found.queries] == [
        ("in", "up", "p"),
        ("out", "down", "p"),
    ]


def test_hidden_queries_and_those_of_other_kinds_are_left_out() -> None:
    model = {"panels": [panel("hidden", "up", hide=True), {"targets": [{"query": "x"}], "datasource": "old"}]}
    assert board(model).queries == ()


@pytest.mark.parametrize(
    ("description", "empty"),
    [
        ("Keys that went. Empty while nothing was evicted.", "Empty while nothing was evicted"),
        ("Empty with the official image, which has no page.", "Empty with the official image, which has no page"),
        ("Share of Empty slots.", ""),
        ("It is never empty.", ""),
        ("", ""),
    ],
)
def test_a_panel_says_when_it_is_empty(description: str, empty: str) -> None:
    (query,) = board({"panels": [panel("a", "up", description)]}).queries
    assert query.empty == empty


def test_a_file_that_does_not_parse_is_named_with_its_line() -> None:
    with pytest.raises(BoardError, match=r"^/d/a\.json:2:8: "):
        read_board('{\n "uid" 1}', "/d/a.json")
    assert read_board("[1]", "x") is None
    assert read_board(json.dumps({"a": 1}), "x") is None


@pytest.mark.parametrize(
    ("expr", "names"),
    [
        ("rate(a[$__rate_interval])", []),
        ("rate(a[${__rate_interval}])", []),
        ('up{job="$job"}', ["$job"]),
        ('up{job=~"${job:regex}"}', ["${job"]),
        ("a[$__interval] / a[$__range]", []),
    ],
)
def test_variables_that_only_a_page_can_fill(expr: str, names: list[str]) -> None:
    assert open_variables(expr) == names
