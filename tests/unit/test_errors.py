from __future__ import annotations

import re
from pathlib import Path

import pytest

from stackctl import errors
from stackctl.errors import Finding, StackctlError

# DESIGN §6.
CODES = {
    "StackctlError": 1,
    "Misuse": 2,
    "ConfigError": 3,
    "EngineError": 4,
    "StartError": 5,
    "NotReady": 6,
    "Refused": 7,
    "BackupFailed": 8,
    "CheckFailed": 9,
    "PartlyDone": 10,
    "Interrupted": 130,
}


def kinds() -> dict[str, type[StackctlError]]:
    found = {name: item for name, item in vars(errors).items() if isinstance(item, type)}
    return {name: item for name, item in found.items() if issubclass(item, StackctlError)}


def test_every_error_has_the_exit_code_of_the_design() -> None:
    assert {name: kind.exit_code for name, kind in kinds().items()} == CODES


def test_no_error_ends_with_success() -> None:
    assert 0 not in [kind.exit_code for kind in kinds().values()]


def test_the_tree_in_the_docstring_says_the_same() -> None:
    drawn = re.findall(r"^(?:[├└]── )?([A-Z]\w+)\s+(\d+)  ", errors.__doc__ or "", re.MULTILINE)
    assert {name: int(code) for name, code in drawn} == CODES


def test_every_child_stands_directly_below_the_root() -> None:
    assert {kind.__bases__[0] for name, kind in kinds().items() if name != "StackctlError"} == {StackctlError}


@pytest.mark.parametrize("name", sorted(CODES))
def test_each_kind_has_a_default_code_of_its_own_and_takes_another(name: str) -> None:
    kind = kinds()[name]
    assert kind("a sentence").code == kind.default_code
    assert kind("a sentence", code="special").code == "special"
    assert [other for other, item in kinds().items() if item.default_code == kind.default_code] == [name]


def test_an_error_prints_its_sentence_and_carries_the_way_out() -> None:
    finding = Finding("c", "error", "s", "m", "h")
    error = errors.Refused("it would be lost", "say --yes", findings=[finding])
    assert str(error) == "it would be lost"
    assert error.findings == (finding,)
    assert error.as_dict() == {"code": "refused", "message": "it would be lost", "hint": "say --yes"}


def test_a_finding_is_what_the_envelope_wants() -> None:
    assert Finding("port-in-use", "error", "web", "taken").as_dict() == {
        "code": "port-in-use",
        "severity": "error",
        "subject": "web",
        "message": "taken",
        "hint": "",
    }


def test_errors_imports_nothing_of_ours() -> None:
    assert "from stackctl" not in Path(errors.__file__).read_text("utf-8")
