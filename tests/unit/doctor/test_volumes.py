from __future__ import annotations

from typing import Any

from stackctl.doctor.around import Around, VolumeFacts
from stackctl.doctor.volumes import volume_findings
from stackctl.engine.values import CONFIG_HASH_LABEL, PROJECT_LABEL
from stackctl.errors import Finding
from tests.unit.doctor.fakes import ground_of, stack_of

OURS = {PROJECT_LABEL: "shop"}
HASHED = {**OURS, CONFIG_HASH_LABEL: "abc"}


def findings(wanted: dict[str, Any], facts: VolumeFacts | None) -> list[Finding]:
    stack = stack_of(
        {"db": {"image": "x", "volumes": [{"type": "volume", "source": "data", "target": "/d"}]}},
        volumes={"data": {"name": "shop_data", **wanted}},
    )
    return volume_findings(ground_of(stack, around=Around(volumes={"shop_data": facts} if facts else {})))


def test_a_volume_that_is_not_there_or_is_the_same() -> None:
    assert findings({}, None) == []
    assert findings({}, VolumeFacts("local", {}, OURS)) == []
    same = VolumeFacts("local", {"type": "tmpfs"}, {**HASHED, "a": "true"})
    assert findings({"driver": "local", "driver_opts": {"type": "tmpfs"}, "labels": {"a": True}}, same) == []


def test_another_driver_or_other_options_are_refused() -> None:
    (finding,) = findings({"driver": "nfs"}, VolumeFacts("local", {}, OURS))
    assert (finding.code, finding.severity, finding.subject) == ("volume-changed", "error", "data")
    assert "driver local → nfs" in finding.message
    (finding,) = findings({"driver_opts": {"type": "nfs"}}, VolumeFacts("local", {"type": "tmpfs"}, OURS))
    assert "driver options" in finding.message


def test_labels_are_refused_only_where_compose_would_ask() -> None:
    (finding,) = findings({"labels": {"a": "c"}}, VolumeFacts("local", {}, {**HASHED, "a": "b"}))
    assert finding.severity == "error"
    (finding,) = findings({"labels": {"a": "c"}}, VolumeFacts("local", {}, {**OURS, "a": "b"}))
    assert finding.severity == "warning"


def test_a_password_that_the_mask_has_hidden_is_no_change() -> None:
    facts = VolumeFacts("local", {"o": "username=u,password=***,vers=3"}, OURS)
    assert findings({"driver_opts": {"o": "username=u,password=secret,vers=3"}}, facts) == []
    assert findings({"driver_opts": {"o": "username=v,password=secret,vers=3"}}, facts)


def test_a_volume_of_somebody_else_is_said() -> None:
    (finding,) = findings({}, VolumeFacts("local", {}, {PROJECT_LABEL: "blog"}))
    assert (finding.code, finding.severity) == ("volume-foreign", "warning")
    assert "project blog" in finding.message
    (finding,) = findings({}, VolumeFacts("local", {}, {}))
    assert "not made by Compose" in finding.message
