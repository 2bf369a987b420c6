"""Each way to fail, on the real engine: plain Compose starts it, `stackctl why` must name code and service."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.made import Fault
from tests.faults.run import answer_to
from tests.faults.table import ALL, GAPS

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("case", ALL, ids=str)
def test_the_first_cause_is_named(case: Fault, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    answer = answer_to(case, tmp_path)
    data = answer["data"] or {"verdict": None, "verdicts": []}
    kind = judged(case, data["verdicts"])
    record_property("expected", case.code)
    record_property("verdict", kind)
    shown = json.dumps(data["verdicts"], indent=1)
    assert kind == ("unknown" if case.name in GAPS else "right"), f"{shown}\n{answer['error']}"
    assert answer["exit_code"] == (5 if data["verdict"] else 0)
    if data["verdict"]:
        assert data["verdict"]["evidence"], shown
        assert data["verdict"]["fix"]["text"], shown
    assert "s3cretvalue" not in shown


def judged(case: Fault, verdicts: list[dict[str, Any]]) -> str:
    """Say whether an answer is right (code, service, one verdict, who else fails), no answer, or a wrong one."""
    if not verdicts:
        return "unknown" if case.code else "right"
    first = verdicts[0]
    same = (first["code"], first["service"] or "") == (case.code, case.service)
    if same and len(verdicts) == 1 and set(first["because_of_it"]) == set(case.hit):
        return "right"
    return "unknown" if first["code"] == "unknown" and case.code else "wrong"
