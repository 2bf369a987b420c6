from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from stackctl.doctor.features import Features, feature_findings, probe_features, require
from stackctl.errors import EngineError
from tests.unit.doctor.fakes import FACTS, FakeEngine, Reply, said, stack_of

ALL = Features(compose=True, config_json=True, override=True, start_interval=True)


def model(*numbers: str) -> str:
    return json.dumps({"services": {"a": {"ports": [{"published": number} for number in numbers]}}})


def probed(*replies: tuple[tuple[str, ...], Reply]) -> tuple[Features, FakeEngine]:
    engine = FakeEngine(replies=replies)
    return probe_features(engine), engine


def test_a_new_compose_is_asked_once() -> None:
    found, engine = probed((("config",), said(model("2"))))
    assert found == ALL
    assert len(engine.asked) == 1


def test_a_compose_that_passes_over_override() -> None:
    found, _engine = probed((("config",), said(model("1", "2"))))
    assert found == replace(ALL, override=False)


def test_a_compose_that_refuses_start_interval() -> None:
    refused = said("", 15, "Additional property start_interval is not allowed")
    found, _engine = probed(
        (("start_interval",), refused), (("config",), said(model("1"))), (("version",), said("2.10"))
    )
    assert found == Features(compose=True, config_json=True, override=False, start_interval=False)


def test_a_compose_that_cannot_print_json() -> None:
    found, _engine = probed((("config",), said("", 1, "unknown flag: --format")), (("version",), said("1.29")))
    assert found == Features(compose=True, problem="unknown flag: --format")


def test_no_compose_at_all() -> None:
    found, _engine = probed(((), said("", 125, "unknown flag: --progress")))
    assert found == Features(compose=False)


def test_a_context_that_does_not_exist_is_not_composes_fault() -> None:
    err = 'Failed to initialize: context "nope": context not found'
    with pytest.raises(EngineError):
        probed((("config",), said("", 1, err)), (("version",), said("2.26")))


@pytest.mark.parametrize(
    ("features", "code"),
    [(Features(compose=False), "compose-missing"), (Features(compose=True, problem="x"), "compose-too-old")],
)
def test_what_is_needed_is_required(features: Features, code: str) -> None:
    with pytest.raises(EngineError) as caught:
        require(features, FACTS)
    assert caught.value.code == code
    assert "make engine" in caught.value.hint


def test_an_old_engine_is_refused_only_for_a_stack_that_needs_more() -> None:
    old = replace(FACTS, api="1.43", version="24.0.9")
    check = {"test": ["CMD", "x"], "start_interval": "1s"}
    require(ALL, old, stack_of({"web": {"image": "x"}}))
    with pytest.raises(EngineError) as caught:
        require(ALL, old, stack_of({"web": {"image": "x", "healthcheck": check}}))
    assert caught.value.code == "engine-too-old"
    require(ALL, FACTS, stack_of({"web": {"image": "x", "healthcheck": check}}))


def codes(
    features: Features, api: str = "1.45", buildx: str = "0.13", builds: bool = False
) -> Sequence[tuple[str, str]]:
    found = feature_findings(features, replace(FACTS, api=api, buildx=buildx), builds=builds)
    return [(finding.code, finding.severity) for finding in found]


def test_what_is_missing_and_not_needed_is_a_warning() -> None:
    assert codes(ALL) == []
    assert codes(replace(ALL, override=False)) == [("compose-too-old", "warning")]
    assert codes(ALL, api="1.43") == [("engine-too-old", "warning")]
    assert codes(ALL, buildx="") == [("buildx-missing", "warning")]
    assert codes(ALL, buildx="", builds=True) == [("buildx-missing", "error")]
