from __future__ import annotations

import pytest

from stackctl.services.saving.base import Proof, Subject
from stackctl.services.saving.prometheus import PrometheusSaver, PrometheusSnapshotSaver, kind_for
from stackctl.services.saving.registry import kind_for as kind_of_driver
from stackctl.services.saving.registry import saver_for

ON = "--web.enable-admin-api"
SAID = 'save-counts {"blocks": 2, "samples": 900, "wal_bytes": 0}\nTotal bytes written: 10240 (10KiB, 1MiB/s)\n'


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ([], "prometheus"),
        (["--storage.tsdb.path=/prometheus"], "prometheus"),
        ([ON], "prometheus-snapshot"),
        ([f"{ON}=true"], "prometheus-snapshot"),
        ([f"{ON}=false"], "prometheus"),
        ([ON, "--web.listen-address=:9191"], "prometheus"),
        ([ON, "--web.config.file", "/etc/web.yml"], "prometheus"),
        ([ON, "--web.external-url=https://x/prom"], "prometheus"),
    ],
)
def test_the_snapshot_is_asked_for_where_it_can_be(words: list[str], kind: str) -> None:
    assert kind_for(words) == kind
    assert kind_of_driver("prometheus", words) == kind
    assert saver_for(kind).kind == kind


def test_other_drivers_have_one_way() -> None:
    assert kind_of_driver("redis", [ON]) == "redis"


def test_a_snapshot_counts_its_blocks_and_one_that_was_not_counted_is_refused() -> None:
    saver = PrometheusSnapshotSaver()
    proof = Proof({"files": 9, "bytes": 1}, {"stream_bytes": 10240})
    assert saver.counts(proof, SAID)["samples"] == 900
    assert saver.judge(Subject("metrics"), proof, SAID) == []
    assert saver.judge(Subject("metrics"), proof, SAID.partition("\n")[2]) == ["its blocks were not counted"]
    assert saver.judge(Subject("metrics"), Proof({}, {"stream_bytes": 512}), SAID)


@pytest.mark.parametrize(
    ("wanted", "found", "wrong"),
    [
        ({"files": 4, "blocks": 2, "samples": 900}, {"blocks": 2, "readable": 880}, []),
        ({"blocks": 2, "samples": 900}, {"blocks": 1, "readable": 400}, ["1 blocks instead of 2"]),
        ({"blocks": 0, "samples": 0, "wal_bytes": 65536}, {"blocks": 0, "readable": 0}, ["no sample can be read"]),
        ({"blocks": 0, "samples": 0, "wal_bytes": 0}, {"blocks": 0, "readable": 0}, []),
        ({"files": 4}, {"files": 3}, ["3 files instead of 4"]),
    ],
)
def test_what_a_server_on_trial_must_have(wanted: dict[str, int], found: dict[str, int], wrong: list[str]) -> None:
    assert PrometheusSaver().differences(wanted, found) == wrong


def test_a_trial_keeps_what_has_become_too_old() -> None:
    trial = PrometheusSaver().trial(Subject("metrics", "/prometheus"), "prom/prometheus:v3.14.0")
    assert "--storage.tsdb.retention.time=100y" in trial.words
    assert "--storage.tsdb.path=/prometheus" in trial.words
