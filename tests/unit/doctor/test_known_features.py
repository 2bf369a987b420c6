"""What Compose can do is asked once for each Compose that is installed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stackctl.doctor.features import Features
from stackctl.doctor.known_features import FILE, known_features
from stackctl.workspace.files import DiskFiles
from tests.unit.doctor.fakes import FakeEngine, said

ALL = Features(compose=True, config_json=True, override=True, start_interval=True)
NEW = said(json.dumps({"services": {"a": {"ports": [{"published": "2"}]}}}))


def engine(stamp: str) -> FakeEngine:
    return FakeEngine(replies=[(("config",), NEW)], stamp=stamp)


def test_the_same_compose_is_asked_once(tmp_path: Path) -> None:
    first, second = engine("a 1 1"), engine("a 1 1")
    assert known_features(first, DiskFiles(), tmp_path / "home") == ALL
    assert known_features(second, DiskFiles(), tmp_path / "home") == ALL
    assert (len(first.asked), second.asked) == (1, [])


@pytest.mark.parametrize("stamp", ["a 1 2", ""])
def test_another_one_or_an_unknown_one_is_asked(tmp_path: Path, stamp: str) -> None:
    known_features(engine("a 1 1"), DiskFiles(), tmp_path)
    second = engine(stamp)
    assert known_features(second, DiskFiles(), tmp_path) == ALL
    assert second.asked


@pytest.mark.parametrize("text", ["", "{", "[]", '{"stamp": "a 1 1", "features": {"more": 1}}'])
def test_a_damaged_record_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    assert known_features(engine("a 1 1"), DiskFiles(), tmp_path) == ALL


def test_a_compose_that_lacks_too_much_is_not_remembered(tmp_path: Path) -> None:
    old = FakeEngine(replies=[(("config",), said("", 1, "unknown flag: --format"))], stamp="a 1 1")
    assert not known_features(old, DiskFiles(), tmp_path).config_json
    assert not (tmp_path / FILE).exists()
    assert known_features(engine("a 1 1"), DiskFiles(), tmp_path) == ALL
