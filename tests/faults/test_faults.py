"""Each way to fail, on the real engine: plain Compose starts it, `stackctl why` must name code and service."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.bundled import THROUGH_THE_COMMAND_LINE, judged_from_a_bundle, why_and_bundle
from tests.faults.made import Fault
from tests.faults.run import answer_to, why
from tests.faults.table import ALL, GAPS

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("case", ALL, ids=str)
def test_the_first_cause_is_named(case: Fault, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    ask = why_and_bundle if case.name in THROUGH_THE_COMMAND_LINE else why
    answer = answer_to(case, tmp_path, ask=ask)
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
    assert judged_from_a_bundle(data["evidence"]) == data["verdicts"]
    if "bundled" in answer:
        bundled = answer["bundled"]
        assert bundled["exit_code"] == answer["exit_code"]
        assert [first_words(item) for item in bundled["data"]["verdicts"]] == [first_words(i) for i in data["verdicts"]]


def first_words(verdict: dict[str, Any]) -> tuple[object, ...]:
    """What is the same at two looks one after the other; times and counts of restarts go on."""
    return verdict["code"], verdict["service"], verdict["because_of_it"], verdict["confidence"]


def judged(case: Fault, verdicts: list[dict[str, Any]]) -> str:
    """Say whether an answer is right (code, service, one verdict, who else fails), no answer, or a wrong one."""
    if not verdicts:
        return "unknown" if case.code else "right"
    first = verdicts[0]
    named = Counter((one["code"], one["service"] or "") for one in verdicts)
    hit = {name for one in verdicts for name in one["because_of_it"]}
    if named == Counter([(case.code, case.service), *case.also]) and hit == set(case.hit):
        return "right"
    return "unknown" if first["code"] == "unknown" and case.code else "wrong"
