import json
from pathlib import Path

import pytest

from stackctl.verify.promql import selectors

BOARDS = Path(__file__).parents[3] / "stacks" / "core" / "grafana" / "dashboards"


@pytest.mark.parametrize(
    ("expr", "found"),
    [
        ("up", ["up"]),
        ('up{job="a"} offset 5m', ['up{job="a"}']),
        ('sum(rate(x{route="/items/{id}"}[5m])) by (le) / on (a, b) group_left (c) y', ['x{route="/items/{id}"}', "y"]),
        ('{__name__=~"a|b"}', ['{__name__=~"a|b"}']),
        ("sum by (cmd) (rate(calls[$__rate_interval]))", ["calls"]),
        ("a and on() b or vector(0) unless inf", ["a", "b"]),
        ('label_replace(up, "a", "$1", "c", "(.*)")', ["up"]),
        ("a:b:rate5m > bool 1e3", ["a:b:rate5m"]),
        ("x[5m:1m] + x", ["x"]),
        (r'x{a="\"}"}', [r'x{a="\"}"}']),
        ("time() - 5", []),
        ("", []),
    ],
)
def test_the_series_of_a_query(expr: str, found: list[str]) -> None:
    assert selectors(expr) == found


def test_every_panel_of_the_core_stack_reads_something() -> None:
    queries = [
        target["expr"]
        for path in BOARDS.glob("*.json")
        for panel in json.loads(path.read_text())["panels"]
        for target in panel["targets"]
    ]
    assert queries
    for expr in queries:
        assert selectors(expr), expr
        assert not {"le", "cmd", "route", "by", "sum"} & set(selectors(expr)), expr
