from __future__ import annotations

import json

from stackctl.errors import ConfigError, Finding, Refused
from stackctl.ui.envelope import Result, of_error
from stackctl.ui.report import Streams, finding_lines, print_error, print_json, print_text
from stackctl.ui.style import Style
from tests.unit.ui.screens import Pipe

PLAIN = Style(on=False)
WARNING = Finding("a", "warning", "s", "a warning", "do this")
INFO = Finding("b", "info", "s", "a note")
ERROR = Finding("c", "error", "s", "an error", "do that")


def shown(result: Result, *, quiet: bool = False, verbose: bool = False) -> tuple[str, str]:
    out, err = Pipe(), Pipe()
    print_text(result, Streams(out, err, PLAIN), quiet=quiet, verbose=verbose)
    return out.getvalue(), err.getvalue()


def test_results_go_to_the_output_and_findings_to_the_error_output() -> None:
    assert shown(Result(lines=["one", "two"], findings=[ERROR])) == ("one\ntwo\n", "✗ an error → do that\n")


def test_raw_data_is_printed_as_it_is() -> None:
    assert shown(Result(raw='{"a": 1}')) == ('{"a": 1}', "")


def test_findings_fold_to_a_count_unless_they_are_errors() -> None:
    assert finding_lines([WARNING, ERROR, INFO], PLAIN, verbose=False) == [
        "✗ an error → do that",
        "2 findings more, shown with -v",
    ]
    assert finding_lines([WARNING], PLAIN, verbose=False) == ["1 finding more, shown with -v"]
    assert finding_lines([], PLAIN, verbose=False) == []


def test_verbose_shows_them_all() -> None:
    assert finding_lines([WARNING, ERROR, INFO], PLAIN, verbose=True) == [
        "! a warning → do this",
        "✗ an error → do that",
        "· a note",
    ]


def test_quiet_leaves_findings_out_and_never_an_error() -> None:
    assert shown(Result(lines=["x"], findings=[WARNING]), quiet=True) == ("x\n", "")
    assert shown(of_error(Refused("no", "say yes")), quiet=True)[1] == "✗ no\n→ say yes\n"


def test_an_error_is_a_sentence_what_was_found_and_the_way_out() -> None:
    first = Finding("v", "error", "A", "A is required and missing", "set it")
    second = Finding("v", "error", "B", "B is required and missing", "ask for it")
    err = Pipe()
    print_error(ConfigError("2 variables are missing", "set it", findings=[first, second]), err, PLAIN)
    assert err.lines == [
        "✗ 2 variables are missing",
        "  A is required and missing",
        "  B is required and missing",
        "  → ask for it",
        "→ set it",
    ]


def test_a_finding_that_is_the_error_itself_is_not_repeated() -> None:
    err = Pipe()
    print_error(Refused("an error", "do that", findings=[ERROR]), err, PLAIN)
    assert err.lines == ["✗ an error", "→ do that"]


def test_an_error_without_a_way_out_has_no_arrow() -> None:
    err = Pipe()
    print_error(Refused("no"), err, PLAIN)
    assert err.lines == ["✗ no"]


def test_an_error_leaves_the_output_to_results() -> None:
    out, err = shown(of_error(ConfigError("wrong", "correct it")))
    assert out == ""
    assert err == "✗ wrong\n→ correct it\n"


def test_json_is_one_line_on_the_output() -> None:
    out = Pipe()
    print_json("status", Result(data={"a": 1}), out)
    assert len(out.lines) == 1
    assert json.loads(out.getvalue())["command"] == "status"
