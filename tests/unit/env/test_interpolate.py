from __future__ import annotations

import pytest

from stackctl.env.interpolate import interpolate
from stackctl.env.place import Place
from stackctl.errors import ConfigError

PLACE = Place("x.env", 3, 7)


def expand(text: str) -> str:
    return interpolate(text, {"A": "a", "E": "", "k": "low", "\u212a": "kelvin"}.get, PLACE)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("$A", "a"),
        ("${A}b", "ab"),
        ("$Ab", ""),
        ("$$A", "$A"),
        ("$ $1 $( $", "$ $1 $( $"),
        ("${U:-d}${E:-d}${A:-d}", "dda"),
        ("${U-d}${E-d}${A-d}", "da"),
        ("${U:+y}${E:+y}${A:+y}", "y"),
        ("${U+y}${E+y}${A+y}", "yy"),
        ("${A:?m}${A?m}${E?m}", "aa"),
        ("${U:-${E:-${A}}}", "a"),
        ('${U:-{"a":1}}', '{"a":1}'),
        ("${U:-{}}x", "{}x"),  # the brace after { is not counted, so the last one of the line closes
        ("${U:-{}}x}", "{}}x"),
        ("${U:-a}b}", "ab}"),
        ("${U:-:?}", ":?"),
        ("${\u212a}", "kelvin"),
        ("$\u0131", "$\u0131"),
    ],
)
def test_expands_as_compose_does(text: str, wanted: str) -> None:
    assert expand(text) == wanted


@pytest.mark.parametrize(
    "text", ["${", "${}", "${1x}", "${ A }", "${A:}", "${A/x/y}", "${A", "${U:-a\nb}", "${A:-${1}}"]
)
def test_refuses_what_does_not_parse(text: str) -> None:
    with pytest.raises(ConfigError, match=r"x\.env:3:7: .* does not parse"):
        expand(text)


@pytest.mark.parametrize("text", ["${U:?m}", "${U?m}", "${E:?m}", "${A:-${U:?m}}"])
def test_a_required_variable_without_a_value(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        expand(text)
    assert caught.value.code == "missing-variable"


def test_nesting_has_an_end() -> None:
    assert expand("${U:-" * 60 + "x" + "}" * 60) == "x"
    with pytest.raises(ConfigError, match="without bounds"):
        expand("${U:-" * 70 + "x" + "}" * 70)
