"""`stackctl verify` on the real stack: no alarm while all is well, and for each fault the broken hop and no other."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable, Iterator

import pytest

from tests.engine.cli import RUN, Cli, Json, container, docker, ended, eventually, finish, new_workspace, sweep
from tests.engine.conftest import Core
from tests.engine.verify_faults import FAULTS, Fault, other_grafana_password
from tests.engine.verify_lab import PATIENT, Lab, broken

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("verify")]

DISK = "200m"  # a file of 128 MB is reserved for chunks
TRIES = int(os.environ.get("VERIFY_TRIES", "3"))
WITHOUT_LIMITS = {"upkeep.backup", "upkeep.secrets", "upkeep.certificates"}


@pytest.fixture(scope="module")
def lab(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    parent = tmp_path_factory.mktemp("verify")
    cli = new_workspace(parent / f"{RUN}v", parent / "home")
    # A disk of its own for Prometheus, so that it can be filled.
    options = {"type": "tmpfs", "device": "tmpfs", "o": f"size={DISK},uid=65534"}
    with (cli.folder / "stacks" / "core" / "dev.yml").open("a") as file:
        file.write(f"volumes: {{prometheus-data: {{driver_opts: {json.dumps(options)}}}}}\n")
    answer = cli("up", "dev", "--auto-ports", "--json")
    yield Lab(Core(cli, "dev", answer.data["project"], answer.envelope))
    sweep(cli.token)


def test_a_healthy_stack_raises_no_alarm(lab: Lab) -> None:
    def judged() -> Json:
        """What is young, or late on a busy machine, is skipped and said to be so, and judged soon."""
        checks = {check["id"]: check for check in lab.verify(code=0).data["checks"]}
        skipped = {name for name, check in checks.items() if check["status"] == "skipped"}
        return checks if skipped == WITHOUT_LIMITS else {}

    checks = eventually(judged, "everything is judged", patience=180)
    assert checks["traces.parents"]["status"] == checks["links.log"]["status"] == "ok"
    assert lab.items() == [], "what it wrote is gone again"


def test_the_table_in_a_pipe_and_the_chosen_checks(lab: Lab) -> None:
    answer = lab.core.cli("verify", "dev", *PATIENT, "--only", "traces.spans")
    ids = [line.split()[1] for line in answer.out.splitlines() if line.startswith("✓")]
    assert "traces.spans" in ids
    assert "data.request" in ids, "what it stands on comes with it"
    assert not any(name.startswith("grafana") for name in ids)
    assert lab.items() == [], "removed, though nobody asked for that check"


def test_no_secret_shows(lab: Lab) -> None:
    answer = lab.core.cli("verify", "dev", *PATIENT, "-v", code=None)
    for name in ("grafana_admin", "mongo_root", "redis_password", "redis_exporter"):
        assert lab.core.secret(name).read_text().strip() not in answer.text, name


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill"])
def test_what_an_interrupted_run_wrote_does_not_stay(lab: Lab, number: signal.Signals) -> None:
    def interrupted() -> bool:
        with ended(lab.core.cli.start("verify", "dev", *PATIENT, "--only", "data")) as process:
            while process.poll() is None and not lab.items():
                pass
            if process.poll() is not None:
                return False  # it was done before we saw its item
            os.kill(process.pid, number)
            answer = finish(process)
            assert answer.code == (130 if number == signal.SIGINT else -number), answer
            return True

    assert eventually(interrupted, "an item to interrupt at")
    if number == signal.SIGKILL:
        assert lab.items(), "nobody could remove it"
        lab.core.cli("verify", "dev", *PATIENT, "--only", "data", "--json", code=0)
    assert lab.items() == []


def test_two_runs_wait_for_each_other(lab: Lab) -> None:
    words = ("verify", "dev", *PATIENT, "--only", "data", "--json")
    with ended(lab.core.cli.start(*words)) as one, ended(lab.core.cli.start(*words)) as two:
        assert (finish(one).code, finish(two).code) == (0, 0)
    assert lab.items() == []


def test_alerts_say_what_fires_and_where_to_look(lab: Lab) -> None:
    docker("stop", lab.id("redis-exporter"))
    try:

        def firing() -> list[Json]:
            return [a for a in lab.core.cli("alerts", "dev", "--json").data["alerts"] if a["name"] == "TargetDown"]

        (alert, *_rest) = eventually(firing, "an alert", patience=180)
        assert alert["summary"] == "redis does not answer Prometheus"
        assert alert["url"] == f"{lab.core.url('grafana')}/d/core-stack?viewPanel=1"
    finally:
        lab.start("redis-exporter")


@pytest.fixture
def mended(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The stack as it was. After a file laid over it, its containers follow with the next `up`, whoever needs one."""
    fault: Fault = request.getfixturevalue("fault")
    if lab.stale and not fault.layered:
        lab.up()
    with lab.kept():
        yield lab
    fault.mend(lab)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_named_and_nothing_else(mended: Lab, fault: Fault) -> None:
    fault.do(mended)
    # A machine that runs other tests beside this one may be too slow for a look; a quiet one needs no second.
    for _try in range(TRIES):
        answer = mended.verify()
        found = broken(answer)
        if set(found) in ({fault.hop}, {fault.either}):
            break
    assert answer.code == 9, answer
    assert set(found) in ({fault.hop}, {fault.either}), json.dumps(answer.data["checks"], indent=1)
    hop = found.get(fault.hop) or found[fault.either]
    words = fault.words if fault.hop in found else "does not run: exited"
    assert words in " ".join([hop["text"], *hop["details"]])
    assert hop["hint"]
    assert answer.error["code"] == hop["id"]
    if fault.do is other_grafana_password:
        log = docker("logs", mended.id("grafana"))
        assert log.count("status=401") == _try + 1, "five of them lock the administrator out"


def test_a_backup_that_passed_its_check_may_be_so_old(lab: Lab) -> None:
    lab.core.cli("backup", "redis", "-e", "dev", "-q")
    for limit, code in (("7d", 0), ("1s", 9)):
        with lab.kept():
            lab.edit("base.yml", "  default: true\n", f"  default: true\n  backup: {{max_age: {limit}}}\n")
            checks = lab.verify("--only", "upkeep.backup", code=code).data["checks"]
            (check,) = (check for check in checks if check["id"] == "upkeep.backup")
            assert check["text"].startswith("the last good backup is"), check


def test_nothing_is_left_of_the_faults(lab: Lab) -> None:
    lab.up()
    lab.verify(code=0)
    assert lab.items() == []


@pytest.mark.soak
def test_twenty_runs_on_a_healthy_stack(lab: Lab) -> None:
    for _run in range(20):
        lab.verify(code=0)


# ---------------------------------------------------------------------------------------------------------- bad input


def test_three_services_alone_are_checked_without_the_rest(workspace: Cli) -> None:
    cli = workspace
    file = cli.folder / "env" / "core" / "base.env.template"
    file.write_text(file.read_text().replace("COMPOSE_PROFILES=observability", "COMPOSE_PROFILES="))
    answer = cli("up", "dev", "--auto-ports", "--verify", "--json", code=None)
    assert {row["service"] for row in answer.data["services"]} == {"mongodb", "redis", "core"}
    tested = answer.data["verify"]["checks"]
    assert answer.code == (9 if any(check["status"] == "failed" for check in tested) else 0)
    again = cli("verify", "dev", *PATIENT, "--json").data["checks"]  # with the time that a busy machine needs
    assert [check["id"] for check in tested] == [check["id"] for check in again]
    checks = {check["id"]: check for check in again}
    assert checks["data.store"]["status"] == checks["data.cache"]["status"] == "ok"
    for name in ("metrics.targets", "grafana.panels", "traces.spans", "links.exemplar"):
        assert checks[name]["status"] == "skipped", checks[name]
    project = answer.data["project"]
    log = docker("logs", container(project, "core"))
    assert "opentelemetry" not in log, "nobody takes traces, and nobody complains"


LATE_CLOCK = """
import email.utils, http.server, time
class Page(http.server.BaseHTTPRequestHandler):
    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(time.time() - 600, usegmt=True)
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.ThreadingHTTPServer(("", 9121), Page).serve_forever()
"""


def test_any_compose_project_is_checked_as_far_as_it_goes(project: Callable[..., Cli]) -> None:
    """Prometheus reads once a minute there, and Grafana is as it comes; nobody has written any of it for us."""
    late = {"image": "stackctl/tools:local", "entrypoint": ["python3", "-c", LATE_CLOCK], "init": True}
    watched = {"image": "stackctl/prometheus:local", "volumes": ["./watch.yml:/etc/prometheus/prometheus.yml:ro"]}
    services = {
        "cache": {"image": "stackctl/redis:local"},
        "watch": watched,
        "boards": {"image": "stackctl/grafana:local"},
        "late": {**late, "labels": {"stackctl.service": "redis-exporter"}, "profiles": ["late"]},
    }
    cli = project(
        compose__yaml=json.dumps({"services": services}),
        watch__yml="scrape_configs: [{job_name: self, static_configs: [{targets: ['127.0.0.1:9090']}]}]",
    )
    cli("up", "-q")
    answer = cli("verify", *PATIENT, "--json", code=0)
    checks = {check["id"]: check for check in answer.data["checks"]}
    proved = {name for name, check in checks.items() if check["status"] == "ok"}
    assert proved >= {
        "services.running",
        "network.names",
        "network.inside",
        "network.outside",
        "network.clock",
        "metrics.prometheus",
        "metrics.storage",
        "metrics.targets",
        "grafana.health",
        "grafana.login",
    }
    assert checks["data.request"]["status"] == checks["traces.jaeger"]["status"] == "skipped"

    cli("up", "-q", "--profile", "late")
    found = broken(cli("verify", "--profile", "late", *PATIENT, "--json", code=9))
    assert set(found) == {"network.clock"}, found
    assert re.fullmatch(r"the clock of late is (599|60\d) s behind this machine's", found["network.clock"]["text"])

    docker("pause", container(answer.data["project"], "cache"))
    assert "services.running" in broken(cli("verify", *PATIENT, "--json", code=9))


def test_a_stack_where_nothing_runs_says_what_it_would_check(project: Callable[..., Cli]) -> None:
    cli = project(compose__yaml="services: {cache: {image: 'stackctl/redis:local'}}")
    answer = cli("verify", "--json", code=9)
    assert set(broken(answer)) == {"services.running"}
    assert {check["status"] for check in answer.data["checks"]} == {"failed", "skipped"}
    assert "there is no Prometheus here" in json.dumps(answer.data)
    assert "--only" in cli("verify", "--help").out
    assert "traces.spans" in cli("verify", "--list").out
    unknown = cli("verify", "--only", "trace.spans", "--json", code=2)
    assert "traces.spans" in unknown.error["hint"]
    assert "there is no Prometheus here" in cli("alerts", "--json", code=2).error["message"]
