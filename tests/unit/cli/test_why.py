"""How verdicts read."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from stackctl.cli.why import verdict_lines
from stackctl.health.verdict import Fix, Proof, Verdict
from stackctl.ui.style import Style

FIX = Fix("correct line 2", file="/w/r.conf", line=2)
FIRST = Verdict(
    "service-config-invalid", "cache", "cache rejects line 2", (Proof("log of cache", "at line 2"),), FIX, ("app",)
)
SECOND = Verdict("crashed", "x", "x crashed", fix=Fix("read its last lines", command="docker logs x"), confidence="low")


def lines(*found: Verdict) -> list[str]:
    session: Any = SimpleNamespace(style=Style(on=False))
    return verdict_lines(session, list(found))


def test_the_sentence_comes_first_then_the_proof_the_fix_and_the_victims() -> None:
    assert lines(FIRST) == [
        "✗ cache rejects line 2 (service-config-invalid)",
        "  log of cache: at line 2",
        "→ correct line 2 (/w/r.conf:2)",
        "  because of it: app",
    ]


def test_every_verdict_has_a_paragraph_and_its_command() -> None:
    assert lines(FIRST, SECOND)[4:] == [
        "",
        "✗ x crashed (crashed, confidence low)",
        "→ read its last lines",
        "  $ docker logs x",
    ]
