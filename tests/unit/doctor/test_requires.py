from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stackctl.doctor.check import Scene
from stackctl.doctor.requires import check_requires, requires
from stackctl.errors import ConfigError, EngineError
from stackctl.workspace.find import Place
from tests.unit.fakes import FACTS, FakeEngine, FakeHost


def base(root: Path, wanted: str, stack: str = "core") -> Path:
    path = root / "stacks" / stack / "base.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"x-stackctl: {{requires: {wanted}}}\nservices: {{web: {{image: x}}}}\n")
    return path


def test_an_old_compose_ends_the_start_with_the_way_out(tmp_path: Path) -> None:
    engine = FakeEngine()
    engine.facts_now = replace(FACTS, compose="2.20.0", memory=2**30)
    with pytest.raises(EngineError) as caught:
        check_requires(engine, [base(tmp_path, "{compose: '>=2.24', memory: 4GiB}")])
    assert (caught.value.exit_code, caught.value.code) == (4, "requires")
    assert "Compose >=2.24, and this is 2.20.0" in caught.value.message
    assert [item.code for item in caught.value.findings] == ["compose-version", "memory-size"]
    assert caught.value.hint


def test_the_engine_is_asked_only_where_something_is_wanted_of_it(tmp_path: Path) -> None:
    engine = FakeEngine()
    check_requires(engine, [base(tmp_path, "{stackctl: '>=0.0.1'}")])
    with pytest.raises(EngineError):
        check_requires(engine, [base(tmp_path, "{stackctl: '>=900', compose: '>=900'}")])
    assert engine.asked == []
    check_requires(engine, [base(tmp_path, "{compose: '>=2'}")])
    assert engine.asked == [("facts",)]


def test_a_wish_that_means_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        check_requires(FakeEngine(), [base(tmp_path, "{compose: latest}")])


def test_the_examination_looks_at_every_stack(tmp_path: Path) -> None:
    base(tmp_path, "{compose: '>=2'}")
    scene = Scene(FakeEngine(), FakeHost(), place=Place(tmp_path, plain=False))
    assert requires(scene, FACTS).status == "ok"
    base(tmp_path, "{memory: 900GiB}", "big")
    seen = requires(scene, FACTS)
    assert seen.status == "error"
    assert "900.0 GiB" in seen.detail
    assert requires(replace(scene, place=None), FACTS).status == "ok"
