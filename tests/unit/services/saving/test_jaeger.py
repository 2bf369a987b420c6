from __future__ import annotations

import json

from stackctl.services.saving.base import Subject
from stackctl.services.saving.jaeger import JaegerSaver

SUBJECT = Subject("traces", "/badger/", state={"keys": "keys", "values": "live/values"})


def test_a_trial_opens_the_folders_that_were_found_in_the_store() -> None:
    trial = JaegerSaver().trial(SUBJECT, "jaegertracing/jaeger:2.20.0")
    assert trial is not None
    assert trial.words == ("--config=env:TRIAL_CONFIG",)
    config = json.loads(trial.variables["TRIAL_CONFIG"])
    badger = config["extensions"]["jaeger_storage"]["backends"]["traces"]["badger"]
    assert badger == {"directories": {"keys": "/badger/keys", "values": "/badger/live/values"}, "ephemeral": False}


def test_version_1_is_told_by_variables() -> None:
    trial = JaegerSaver().trial(SUBJECT, "jaegertracing/all-in-one:1.60")
    assert trial is not None
    assert trial.words == ()
    assert trial.variables["BADGER_DIRECTORY_VALUE"] == "/badger/live/values"


def test_a_store_without_badger_has_nothing_to_open() -> None:
    assert JaegerSaver().trial(Subject("traces", "/badger"), "jaegertracing/jaeger:2") is None
