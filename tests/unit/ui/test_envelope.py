from __future__ import annotations

import json
from typing import Any

import pytest

from stackctl.errors import ConfigError, Finding, Misuse, StackctlError
from stackctl.ui.envelope import Result, envelope, of_error

FINDING = Finding("shadowed", "warning", "PORT", "PORT comes from your shell", "unset PORT")


def parsed(result: Result) -> Any:
    text = envelope("up", result)
    assert "\n" not in text
    return json.loads(text)


def test_a_good_result_is_the_envelope_of_the_design() -> None:
    value = parsed(Result(data={"services": ["web"]}, lines=["for people"], findings=[FINDING]))
    assert value == {
        "schema": 1,
        "command": "up",
        "ok": True,
        "exit_code": 0,
        "data": {"services": ["web"]},
        "findings": [
            {
                "code": "shadowed",
                "severity": "warning",
                "subject": "PORT",
                "message": "PORT comes from your shell",
                "hint": "unset PORT",
            }
        ],
        "error": None,
    }
    assert list(value) == ["schema", "command", "ok", "exit_code", "data", "findings", "error"]


def test_an_error_is_the_same_envelope() -> None:
    error = ConfigError("2 variables are missing", "set them", code="variable-missing", findings=[FINDING])
    value = parsed(of_error(error))
    assert (value["ok"], value["exit_code"], value["data"]) == (False, 3, {})
    assert value["error"] == {
        "code": "variable-missing",
        "message": "2 variables are missing",
        "hint": "set them",
    }
    assert [finding["code"] for finding in value["findings"]] == ["shadowed"]


@pytest.mark.parametrize(("error", "code"), [(Misuse("x"), 2), (StackctlError("x"), 1)])
def test_the_exit_code_is_the_errors(error: StackctlError, code: int) -> None:
    assert parsed(of_error(error))["exit_code"] == code


def test_a_check_that_found_something_is_not_ok_without_an_error() -> None:
    value = parsed(Result(exit_code=9))
    assert (value["ok"], value["exit_code"], value["error"]) == (False, 9, None)


def test_letters_of_all_languages_stay_readable() -> None:
    assert "Größe → 3" in envelope("up", Result(data={"text": "Größe → 3"}))


def test_a_line_break_in_a_text_does_not_break_the_line() -> None:
    assert parsed(of_error(Misuse("a\nb")))["error"]["message"] == "a\nb"
