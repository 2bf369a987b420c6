"""Each way to fail, on the real engine: plain Compose starts it, `stackctl why` must name code and service."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.faults import cases, unseen
from tests.faults.made import Fault
from tests.faults.run import answer_to

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("case", [*cases.CASES, *unseen.CASES], ids=str)
def test_the_first_cause_is_named(case: Fault, tmp_path: Path) -> None:
    answer = answer_to(case, tmp_path)
    verdict = answer["data"]["verdict"]
    shown = json.dumps(answer["data"]["verdicts"], indent=1)
    got = (verdict["code"], verdict["service"] or "") if verdict else ("", "")
    assert got == (case.code, case.service), shown
    assert answer["exit_code"] == (5 if case.code else 0)
    if case.code:
        assert len(answer["data"]["verdicts"]) == 1, shown
        assert verdict["evidence"], shown
        assert verdict["fix"]["text"], shown
        assert set(verdict["because_of_it"]) == set(case.hit), shown
    assert "s3cretvalue" not in shown or "requirepass" in case.compose
