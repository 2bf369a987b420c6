"""Services, upkeep and alerts: each check when its hop works, when it is broken, and when there is none."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from stackctl.doctor.host import FileFacts
from stackctl.engine.net import Answer
from stackctl.engine.values import Mounted, Probe
from stackctl.errors import ConfigError
from stackctl.verify import services, upkeep
from stackctl.verify.alerts import alerts
from stackctl.workspace.home import secrets_dir
from tests.certificate import CERTIFICATE
from tests.unit.fakes import START, FakeHost, stack_of
from tests.unit.verify.made import CORE, GRAFANA, PROM, FakeWeb, service, site


def test_what_does_not_run_is_named(tmp_path: Path) -> None:
    sick = replace(service("web"), health="unhealthy", probes=(Probe(None, 1, "cannot connect", None),))
    gone = replace(service("db"), state="exited", exit_code=3)
    there = site(tmp_path, sick, gone)
    there.stack = stack_of({"web": {"network_mode": "host"}, "db": {}, "lost": {}, "none": {"deploy": {"replicas": 0}}})
    found = services.running(there)
    told = {found.text, *found.details}
    assert told == {"lost has no container", "web is unhealthy: cannot connect", "db does not run: exited (3)"}


def test_a_job_that_is_done_is_well(tmp_path: Path) -> None:
    done = replace(service("init", labels={"stackctl.oneshot": "true"}), state="exited", exit_code=0)
    assert services.running(site(tmp_path, done, service("web"))).status == "ok"
    assert services.running(site(tmp_path)).hint == "stackctl up"


def test_a_service_outside_its_network_is_named(tmp_path: Path) -> None:
    there = site(tmp_path, replace(service("web"), networks={"other": "10.0.0.1"}))
    there.stack = stack_of({"web": {"networks": {"data": None}}}, networks={"data": {"name": "shop_data"}})
    assert services.names(there).text == "web is not in the network shop_data"


@pytest.mark.parametrize(("seconds", "status"), [(0, "ok"), (4, "ok"), (60, "failed"), (-60, "failed")])
def test_clocks_that_differ(tmp_path: Path, seconds: int, status: str) -> None:
    date = (START + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    web = FakeWeb({"9090/-/ready": Answer(200, b"", {"date": date})})
    assert services.clock(site(tmp_path, PROM, web=web)).status == status


def test_ages_without_a_limit_are_nobodys_business(tmp_path: Path) -> None:
    for check in (upkeep.backup, upkeep.secrets, upkeep.certificates):
        assert check(site(tmp_path, CORE)).status == "skipped"


def test_a_stack_that_wants_backups_and_has_none(tmp_path: Path) -> None:
    there = site(tmp_path, CORE)
    there.stack = stack_of({"core": {}}, **{"x-stackctl": {"backup": {"max_age": "7d"}}})
    assert upkeep.backup(there).hint == "stackctl backup"


@pytest.mark.parametrize(("limit", "status"), [("30d", "ok"), ("5000d", "failed")])
def test_certificates(tmp_path: Path, limit: str, status: str) -> None:
    """The one ends in November 2036; a key beside it is no certificate."""
    path, key = tmp_path / "server.pem", tmp_path / "key.pem"
    path.write_text(CERTIFICATE)
    key.write_text("no certificate")
    mounts = tuple(Mounted("bind", str(name), "/etc/tls", writable=False) for name in (path, key))
    there = site(tmp_path, replace(CORE, mounts=mounts))
    there.stack = stack_of({"core": {}}, **{"x-stackctl": {"certificates": {"min_left": limit}}})
    assert upkeep.certificates(there).status == status


@pytest.mark.parametrize(("limit", "status"), [("90d", "failed"), ("101d", "ok")])
def test_secrets_of_a_hundred_days(tmp_path: Path, limit: str, status: str) -> None:
    class Old(FakeHost):
        def file(self, path: Path) -> FileFacts | None:
            return FileFacts("file", written=START - timedelta(days=100))

    there = site(tmp_path, CORE)
    there.world = replace(there.world, host=Old())
    there.world.files.write(secrets_dir(there.world.shell, there.project) / "mongo_root", b"x")
    there.stack = stack_of({"core": {}}, **{"x-stackctl": {"secrets": {"max_age": limit}}})
    found = upkeep.secrets(there)
    assert found.status == status
    if status == "failed":
        assert found.text == "the secret mongo_root is 100 days old, the limit is 90 days"


def test_a_limit_that_is_no_duration_is_told_with_its_key(tmp_path: Path) -> None:
    there = site(tmp_path, CORE)
    there.stack = stack_of({"core": {}}, **{"x-stackctl": {"backup": {"max_age": "soon"}}})
    with pytest.raises(ConfigError, match=r"x-stackctl\.backup\.max_age: “soon” is no duration"):
        upkeep.backup(there)


def test_alerts_are_sorted_by_what_matters_and_say_where_to_look(tmp_path: Path) -> None:
    web = FakeWeb()
    rows = [
        {
            "labels": {"alertname": "B", "severity": "warning"},
            "state": "firing",
            "annotations": {"dashboard": "d", "panel": "3"},
        },
        {"labels": {"alertname": "A", "severity": "critical"}, "state": "pending"},
        {"labels": {"alertname": "C", "severity": "critical"}, "state": "firing"},
    ]
    web.json("9090/api/v1/alerts", {"data": {"alerts": rows}})
    found = alerts(site(tmp_path, PROM, GRAFANA, web=web))
    assert [item.name for item in found] == ["C", "B", "A"]
    assert [item.url for item in found] == ["", "http://127.0.0.1:3000/d/d?viewPanel=3", ""]
