from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackctl.env.flags import flags
from stackctl.env.grammar import parse
from stackctl.errors import ConfigError
from tests.unit.env.generator import env_file


def found(text: str | bytes, known: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    data = text.encode() if isinstance(text, str) else text
    return [(finding.code, finding.subject) for finding in flags(parse(data, "f"), known)]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("A=1\nK= # note\n", "comment-as-value", "f:2:4"),
        ("K=a\t# note\n", "tab-before-comment", "f:1:4"),
        ('K="a"b\n', "text-after-quote", "f:1:6"),
        ('K="a" L=2\n', "text-after-quote", "f:1:6"),
        ("K=a\nL=1", "no-last-newline", "f:2:4"),
        ("K=a\nL", "no-last-newline", "f:2:1"),
        ("K=a\nL=1\nK=b\n", "duplicate-key", "f:3:1"),
        ("\ufeffK=a\n", "byte-order-mark", "f:1:1"),
        ("K=a\rL=b\n", "lone-cr", "f:1:4"),
        ("# x\rK=a\n", "lone-cr", "f:1:4"),
        ("K=pa$word\n", "dollar", "f:1:5"),
        ('K="\n$word"\n', "dollar", "f:2:1"),
        ("K=pa$$word\n", "dollar", "f:1:5"),
        ("K=$2y$10$abc\n", "dollar", "f:1:9"),
        ("K=a${b\n", "dollar", "f:1:3"),
        ("K=a${U}\n", "dollar", "f:1:4"),
        ("A=1\nK=a\u200bb\n", "invisible-character", "f:2:4"),
        ("# \u202e\n", "invisible-character", "f:1:3"),
        ("K=a\u00a0b\n", "invisible-character", "f:1:4"),
        (b"K=caf\xe9\n", "not-utf8", "f:1:6"),
    ],
)
def test_flags_with_its_place(text: str | bytes, code: str, place: str) -> None:
    assert found(text) == [(code, place)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "K=a # note\nL='x'# note\nM=\"x\" # note\r\n",
        "K='pa$word$$'\nL=\"pa\\$word\"\nM=$(id) $1 $\n",
        "A=1\nK=$A${A}\n",
        "K=${U:-d}${U-}${U:?needed}\n",
        "K=a#b\n# \tc\n",
        "K='\t# x'\n",
        "Ключ=1\nK=é漢\n",
    ],
)
def test_what_is_meant_is_not_flagged(text: str) -> None:
    assert found(text) == []


def test_a_name_that_is_set_elsewhere_is_a_reference() -> None:
    assert found("K=$U\n", ("U",)) == []


def test_a_name_set_only_below_is_not() -> None:
    assert found("K=$A\nA=1\n") == [("dollar", "f:1:3")]


def test_what_compose_rejects_is_an_error() -> None:
    severities = [finding.severity for finding in flags(parse(b"K=${b\nL=1\nM", "f"))]
    assert severities == ["error", "error"]


def test_every_finding_has_a_way_out() -> None:
    text = "\ufeffK= # n\nK=a\t#\nL='a'b\nM=$u\nN=\u200b\rO=1"
    findings = flags(parse(text.encode(), "f"))
    assert len({finding.code for finding in findings}) == 9
    assert all(finding.hint and finding.message for finding in findings)


@given(st.integers(0, 10**6))
def test_no_finding_shows_a_value(seed: int) -> None:
    """Letters of the alphabet below are in values only: whatever the generator makes, no flag repeats it."""
    data = env_file(seed).replace(b"v", "Ωωω".encode()).replace(b"d", "Ωωω".encode())
    try:
        read = parse(data, "f")
    except ConfigError:
        return
    for finding in flags(read):
        assert "Ω" not in finding.message + finding.hint + finding.subject
