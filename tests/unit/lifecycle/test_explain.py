"""Why a target does not stand, through the same doors as every other command."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from stackctl.errors import ConfigError
from stackctl.lifecycle.explain import Known, evidence_of, explain

if TYPE_CHECKING:
    from tests.unit.lifecycle.made import Shop

DEAD = {"state": "exited", "exit_code": 3}


def broken(shop: Shop, service: str, **facts: object) -> None:
    """Let a running service be something else; what needs it was never started."""
    changed = []
    for item in shop.engine.there:
        changed.append(replace(item, **facts) if item.service == service else item)  # type: ignore[arg-type]
    shop.engine.there = changed


def test_a_stack_that_stands_has_no_verdict(running: Shop) -> None:
    assert explain(running.doors.world, running.target) == []


def test_a_stack_that_was_never_started_has_no_verdict(shop: Shop) -> None:
    assert explain(shop.doors.world, shop.target) == []


def test_a_crash_is_named_with_its_victims(running: Shop) -> None:
    broken(running, "db", **DEAD, health="")
    broken(running, "web", state="created", started=None, health="")
    found = explain(running.doors.world, running.target)
    assert [(item.code, item.service, item.because_of_it) for item in found] == [("crashed", "db", ("web",))]


def test_a_service_is_asked_about_by_name(running: Shop) -> None:
    broken(running, "extra", **DEAD)
    assert explain(running.doors.world, running.target, Known(services=("web",))) == []
    assert [item.service for item in explain(running.doors.world, running.target, Known(services=("extra",)))] == [
        "extra"
    ]


def test_a_missing_variable_is_a_verdict_and_another_complaint_an_error(shop: Shop) -> None:
    shop.up()
    shop.engine.model_error = ConfigError(
        "the variable NEEDED is missing: say it", "export it", code="variable-missing"
    )
    found = explain(shop.doors.world, shop.target)
    assert [(item.code, item.service) for item in found] == [("variable-missing", "")]
    assert "NEEDED" in found[0].cause
    shop.engine.model_error = ConfigError("Compose rejects the model", "correct the file")
    with pytest.raises(ConfigError):
        explain(shop.doors.world, shop.target)


def test_what_compose_said_is_told_of_the_service_that_it_names(running: Shop) -> None:
    broken(running, "extra", state="created", started=None)
    known = Known(complaint='Conflict. The container name "/extra" is already in use by container "abc". extra ')
    found = explain(running.doors.world, running.target, known)
    assert [(item.code, item.service) for item in found] == [("name-in-use", "extra")]


def test_who_was_late_is_explained(running: Shop) -> None:
    broken(running, "extra", state="paused")
    assert explain(running.doors.world, running.target) == []
    found = explain(running.doors.world, running.target, Known(timed_out=("extra",)))
    assert [item.code for item in found] == ["unknown"]


def test_evidence_holds_no_stored_secret(running: Shop) -> None:
    secret = running.secret.read_text().strip()
    known = Known(complaint=f"it said {secret}")
    assert secret not in str(evidence_of(running.doors.world, running.target, known).as_dict())
