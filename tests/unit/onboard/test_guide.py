"""The guided first start: which steps there are, what is said of them, and where the next attempt goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from stackctl.errors import ConfigError, EngineError, Refused, StackctlError, StartError
from stackctl.lifecycle.record import record
from stackctl.lifecycle.up import apply_up
from stackctl.onboard.first_run import Progress, finish, first_run, keep
from stackctl.onboard.guide import Guide
from stackctl.onboard.guide_plan import ORDER, Asked, doctor_step, plan_steps, step_of
from tests.unit.lifecycle.made import Shop, make_shop

if TYPE_CHECKING:
    from pathlib import Path

    from stackctl.engine.values import Container

PIPE, TERMINAL = Asked(watched=False), Asked(watched=True)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return make_shop(tmp_path)


def lead(shop: Shop, asked: Asked = PIPE, before: Progress | None = None) -> Guide:
    """Lead a start through its steps, as `up` does."""
    world, target = shop.doors.world, shop.target
    known = before or first_run(world, target, unchanged=False)
    assert known is not None
    guide = Guide(world, target, known, asked)
    with guide.led(planning=True):
        guide.begin("doctor")
        plan = shop.plan()
        guide.plan(plan)
    with guide.led():
        if plan.unchanged:
            record(world, plan)
        else:
            apply_up(world, plan, world.clock.monotonic(), guide.begin)
    shop.doors.clock.seconds += 60
    return guide


def end(guide: Guide) -> dict[str, str]:
    guide.begin("verify")
    guide.begin("addresses")
    guide.close()
    return states(guide)


def states(guide: Guide) -> dict[str, str]:
    return {row.name: row.state for row in guide.rows}


def told(shop: Shop) -> list[str]:
    return [f"{event.subject} {event.state}" for event in shop.doors.heard.events if event.subject[1:3] == "/7"]


def fails(shop: Shop) -> None:
    def after(started: Container) -> Container:
        return replace(started, state="exited", exit_code=3, health="") if started.service == "db" else started

    shop.engine.after_start = after


def test_a_first_start_takes_every_step_in_order(shop: Shop) -> None:
    guide = lead(shop, TERMINAL)
    assert end(guide) == dict.fromkeys(ORDER, "done")
    assert [line for line in told(shop) if line.endswith("running")] == [
        f"{number}/7 {name} running" for number, name in enumerate(ORDER, 1)
    ]
    assert [row.name for row in guide.rows] == list(ORDER)
    assert all(row.seconds is not None for row in guide.rows)
    assert first_run(shop.doors.world, shop.target, unchanged=False) is None


def test_in_a_pipe_nothing_is_tested_unless_asked_for(shop: Shop) -> None:
    guide = lead(shop)
    assert end(guide)["verify"] == "skipped"
    assert next(row.text for row in guide.rows if row.name == "verify").endswith("--verify asks for it")


@pytest.mark.parametrize(
    ("asked", "action"),
    [
        (Asked(watched=True), "do"),
        (Asked(watched=True, verify=False), "skipped"),
        (Asked(watched=False, verify=True), "do"),
        (Asked(watched=False), "skipped"),
        (Asked(watched=True, wait=False), "skipped"),
    ],
)
def test_who_looks_on_or_asks_gets_it_tested(shop: Shop, asked: Asked, action: str) -> None:
    assert [step.action for step in plan_steps(shop.plan(), Progress(), asked) if step.name == "verify"] == [action]


def test_the_next_attempt_goes_on_with_the_step_that_failed(shop: Shop) -> None:
    fails(shop)
    with pytest.raises(StartError) as caught:
        lead(shop)
    steps = {item["name"]: item["state"] for item in caught.value.data["steps"]}  # type: ignore[attr-defined]
    done = dict.fromkeys(("doctor", "environment", "secrets", "images"), "done")
    assert steps == {**done, "start": "failed", "verify": "open", "addresses": "open"}
    assert told(shop)[-1] == "5/7 start stopped"
    assert "goes on with it" in shop.doors.heard.events[-1].text

    shop.engine.after_start = lambda started: started
    shop.forget_talk()
    value = shop.secret.read_text()
    guide = lead(shop)
    held = dict.fromkeys(("doctor", "environment", "secrets", "images"), "held")
    assert end(guide) == {**held, "start": "done", "verify": "skipped", "addresses": "done"}
    assert shop.secret.read_text() == value
    assert "build web" not in shop.engine.verbs()
    assert next(row for row in guide.rows if row.name == "secrets").word == "done before"


def test_what_is_gone_since_is_made_again_whatever_was_remembered(shop: Shop) -> None:
    fails(shop)
    with pytest.raises(StartError):
        lead(shop)
    shop.env_file.unlink()
    shop.engine.after_start = lambda started: started
    assert states(lead(shop))["environment"] == "done"
    assert shop.env_file.is_file()


def test_a_start_that_was_killed_when_all_was_healthy_is_ended_by_the_next_one(shop: Shop) -> None:
    lead(shop)  # neither tested nor ended
    before = first_run(shop.doors.world, shop.target, unchanged=True)
    assert before is not None
    guide = Guide(shop.doors.world, shop.target, before, TERMINAL)
    guide.begin("doctor")
    guide.plan(None)
    held = dict.fromkeys(ORDER[:5], "held")
    assert end(guide) == {**held, "verify": "done", "addresses": "done"}
    assert first_run(shop.doors.world, shop.target, unchanged=True) is None


def test_a_start_that_is_not_waited_for_is_not_the_end_of_it(shop: Shop) -> None:
    asked = Asked(watched=False, wait=False)
    assert end(lead(shop, asked))["verify"] == "skipped"
    assert first_run(shop.doors.world, shop.target, unchanged=True) is not None


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (ConfigError("a value is missing", code="variable-missing"), "environment"),
        (Refused("the secret is gone", code="credentials-lost"), "secrets"),
        (StartError("a port is taken", code="port-in-use"), "doctor"),
        (EngineError("no engine"), "doctor"),
        (Refused("of another folder", code="foreign-project"), "doctor"),
    ],
)
def test_an_error_of_the_plan_ends_the_step_it_belongs_to(shop: Shop, error: StackctlError, name: str) -> None:
    assert step_of(error) == name
    guide = Guide(shop.doors.world, shop.target, Progress(), PIPE)
    with pytest.raises(StackctlError), guide.led(planning=True):
        guide.begin("doctor")
        raise error
    assert states(guide)[name] == "failed"
    assert states(guide)["doctor"] == ("failed" if name == "doctor" else "done")
    assert not list(shop.root.glob(".stackctl/*")), "a start that is refused leaves no trace"


def test_the_machine_is_not_looked_at_twice(shop: Shop) -> None:
    assert doctor_step(Progress(), TERMINAL).action == "do"
    assert doctor_step(Progress({"doctor": 1.0}), TERMINAL).action == "held"


def test_a_project_that_was_started_before_there_was_a_guide_needs_none(shop: Shop) -> None:
    shop.up()
    assert first_run(shop.doors.world, shop.target, unchanged=False) is None
    assert first_run(shop.doors.world, shop.target, unchanged=True) is None


def test_a_record_that_cannot_be_read_is_an_empty_one(shop: Shop) -> None:
    world, target = shop.doors.world, shop.target
    keep(world, target, Progress({"doctor": 1.5}))
    (path,) = shop.root.glob(".stackctl/*/first-run.json")
    assert first_run(world, target, unchanged=False) == Progress({"doctor": 1.5})
    for text in ("", "{", "[]", '{"schema": 9, "seconds": {"doctor": 1}}', '{"schema": 1, "seconds": {"a": "b"}}'):
        path.write_text(text)
        assert first_run(world, target, unchanged=False) == Progress()
    finish(world, target, Progress({"doctor": 1.5}))
    assert not path.exists()
    (done,) = shop.root.glob(".stackctl/*/first-run-done.json")
    assert json.loads(done.read_text()) == {"schema": 1, "seconds": {"doctor": 1.5}}


def test_a_second_copy_in_the_same_checkout_is_no_first_start(shop: Shop) -> None:
    end(lead(shop))
    shop.wish = replace(shop.wish, instance="review")
    assert shop.target.project != shop.target.main_project
    assert first_run(shop.doors.world, shop.target, unchanged=False) is None
