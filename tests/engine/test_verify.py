"""`stackctl verify` on the real stack: no alarm while all is well, and for each fault the broken hop and no other."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.cli import RUN, Answer, Cli, Json, container, docker, eventually, http, new_workspace, sweep
from tests.engine.conftest import Core

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.xdist_group("verify")]

# A machine that runs other tests beside this one is slow: the limit is for the answer to come, not for its quality.
PATIENT = ("--timeout", os.environ.get("VERIFY_TIMEOUT", "45s"))
DISK = "200m"  # a file of 128 MB is reserved for chunks


@dataclass(frozen=True)
class Lab:
    """A started core stack of this module's own, and what the faults need of it."""

    core: Core

    @property
    def stack(self) -> Path:
        return self.core.cli.folder / "stacks" / "core"

    def verify(self, *words: str, code: int | None = None) -> Answer:
        return self.core.cli("verify", "dev", *PATIENT, *words, "--json", code=code)

    def up(self) -> None:
        self.core.cli("up", "dev", "-q")

    def id(self, service: str) -> str:
        return container(self.core.project, service)

    def local(self, text: str) -> None:
        (self.stack / "dev.local.yml").write_text(text)
        self.up()

    def restart(self, service: str, page: str) -> None:
        docker("restart", self.id(service))
        eventually(lambda: http(f"{self.core.url(service)}{page}").status == 200, f"{service} again")

    def reload(self) -> None:
        docker("kill", "--signal", "HUP", self.id("prometheus"))

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.stack / path
        text = file.read_text()
        assert old in text, path
        file.write_text(text.replace(old, new))  # in place: a mounted file is its inode

    def grafana(self) -> dict[str, str]:
        import base64

        password = self.core.secret("grafana_admin").read_text().strip()
        return {"authorization": "Basic " + base64.b64encode(f"admin:{password}".encode()).decode()}

    def prometheus(self, path: str) -> Json:
        data: Json = http(f"{self.core.url('prometheus')}{path}").json["data"]
        return data


@pytest.fixture(scope="module")
def lab(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    parent = tmp_path_factory.mktemp("verify")
    cli = new_workspace(parent / f"{RUN}v", parent / "home")
    # A disk of its own for Prometheus, so that it can be filled.
    options = {"type": "tmpfs", "device": "tmpfs", "o": f"size={DISK},uid=65534"}
    with (cli.folder / "stacks" / "core" / "dev.yml").open("a") as file:
        file.write(f"volumes: {{prometheus-data: {{driver_opts: {json.dumps(options)}}}}}\n")
    # Five wrong passwords lock Grafana's administrator out for five minutes, and a fault tries more.
    base = cli.folder / "stacks" / "core" / "base.yml"
    line = "      GF_SECURITY_ADMIN_PASSWORD__FILE:"
    unlocked = '      GF_SECURITY_DISABLE_BRUTE_FORCE_LOGIN_PROTECTION: "true"\n'
    assert line in base.read_text()
    base.write_text(base.read_text().replace(line, unlocked + line))
    answer = cli("up", "dev", "--auto-ports", "--json")
    yield Lab(Core(cli, "dev", answer.data["project"], answer.envelope))
    sweep(cli.token)


def broken(answer: Answer) -> dict[str, Json]:
    return {check["id"]: check for check in answer.data["checks"] if check["status"] == "failed"}


def test_a_healthy_stack_raises_no_alarm(lab: Lab) -> None:
    answer = lab.verify(code=0)
    checks = {check["id"]: check for check in answer.data["checks"]}
    assert {check["status"] for check in checks.values()} <= {"ok", "skipped"}
    skipped = {name for name, check in checks.items() if check["status"] == "skipped"}
    assert skipped - {"grafana.panels"} == {"upkeep.backup", "upkeep.secrets", "upkeep.certificates"}
    assert http(f"{lab.core.url('core')}/items?limit=100").json["items"] == [], "what it wrote is gone again"


def test_panels_are_judged_once_there_are_figures(lab: Lab) -> None:
    def judged() -> bool:
        checks = lab.verify(code=0).data["checks"]
        return any(check["id"] == "grafana.panels" and check["status"] == "ok" for check in checks)

    assert eventually(judged, "the panels are judged")


def test_the_table_in_a_pipe_and_the_chosen_checks(lab: Lab) -> None:
    answer = lab.core.cli("verify", "dev", *PATIENT, "--only", "traces.spans")
    ids = [line.split()[1] for line in answer.out.splitlines() if line.startswith("✓")]
    assert "traces.spans" in ids
    assert "data.request" in ids, "what it stands on comes with it"
    assert not any(name.startswith("grafana") for name in ids)


def test_no_secret_shows(lab: Lab) -> None:
    answer = lab.core.cli("verify", "dev", *PATIENT, "-v", code=None)
    for name in ("grafana_admin", "mongo_root", "redis_password", "redis_exporter"):
        assert lab.core.secret(name).read_text().strip() not in answer.text, name


def test_alerts_say_what_fires_and_where_to_look(lab: Lab) -> None:
    docker("stop", lab.id("redis-exporter"))
    try:

        def firing() -> list[Json]:
            return [a for a in lab.core.cli("alerts", "dev", "--json").data["alerts"] if a["name"] == "TargetDown"]

        (alert, *_rest) = eventually(firing, "an alert")
        assert alert["summary"] == "redis does not answer Prometheus"
        assert alert["url"] == f"{lab.core.url('grafana')}/d/core-stack?viewPanel=1"
    finally:
        lab.up()


Fault = Callable[[Lab], None]
REJECTED = "groups: [{name: a, rules: [{alert: b, expr: 'sum('}]}]"


def stopped_service(lab: Lab) -> None:
    docker("stop", lab.id("redis-exporter"))


def removed_service(lab: Lab) -> None:
    docker("rm", "-f", lab.id("redis-exporter"))


def cut_network(lab: Lab) -> None:
    docker("network", "disconnect", f"{lab.core.project}_default", lab.id("core"))


def exporter_password(lab: Lab) -> None:
    file = lab.core.secret("redis_exporter_file")
    file.write_text(json.dumps({"redis://exporter@redis:6379": "another"}))
    docker("restart", lab.id("redis-exporter"))
    _scraped(lab, "redis_up == 0")


def wrong_target(lab: Lab) -> None:
    lab.edit("prometheus/prometheus.yml", '"core:8080"', '"core:8089"')
    lab.reload()


def missing_job(lab: Lab) -> None:
    file = lab.stack / "prometheus" / "prometheus.yml"
    config = yaml.safe_load(file.read_text())
    config["scrape_configs"] = [job for job in config["scrape_configs"] if job["job_name"] != "redis"]
    file.write_text(yaml.safe_dump(config))
    lab.reload()
    eventually(lambda: "redis-exporter" not in json.dumps(lab.prometheus("/api/v1/targets?state=active")), "job gone")


def failing_rule(lab: Lab) -> None:
    rule = {"alert": "Wrong", "expr": "up / on() up"}
    group = {"groups": [{"name": "wrong", "interval": "1s", "rules": [rule]}]}
    (lab.stack / "prometheus" / "rules" / "wrong.yml").write_text(yaml.safe_dump(group))
    lab.reload()
    eventually(lambda: '"err"' in json.dumps(lab.prometheus("/api/v1/rules")), "the rule fails")


def rejected_rule(lab: Lab) -> None:
    (lab.stack / "prometheus" / "rules" / "wrong.yml").write_text(
        "groups: [{name: a, rules: [{alert: b, expr: 'sum('}]}]"
    )
    lab.reload()
    _scraped(lab, "prometheus_config_last_reload_successful == 0")


def full_disk(lab: Lab) -> None:
    docker("exec", lab.id("prometheus"), "sh", "-c", "cat /dev/zero >/prometheus/fill", check=False)
    page = f"{lab.core.url('prometheus')}/metrics"
    failing = "prometheus_tsdb_wal_writes_failed_total 0\n"
    eventually(lambda: failing not in http(page).body, "writes fail")


def other_grafana_password(lab: Lab) -> None:
    old = lab.core.secret("grafana_admin").read_text().strip()
    docker("exec", lab.id("grafana"), "grafana", "cli", "admin", "reset-admin-password", f"x{old}")


def wrong_prometheus_source(lab: Lab) -> None:
    lab.edit("grafana/provisioning/datasources/core.yml", "http://prometheus:9090", "http://prometheus:9099")
    lab.restart("grafana", "/api/health")


def wrong_jaeger_source(lab: Lab) -> None:
    lab.edit("grafana/provisioning/datasources/core.yml", "http://jaeger:16686", "http://jaeger:1")
    lab.restart("grafana", "/api/health")


def wrong_exemplar_link(lab: Lab) -> None:
    lab.edit("grafana/provisioning/datasources/core.yml", "datasourceUid: jaeger", "datasourceUid: nowhere")
    lab.restart("grafana", "/api/health")


def exemplars_off(lab: Lab) -> None:
    lab.local(
        "services: {prometheus: {command: [--config.file=/etc/prometheus/prometheus.yml,"
        " --storage.tsdb.path=/prometheus]}}\n"
    )


def unknown_metric(lab: Lab) -> None:
    lab.edit(
        "grafana/dashboards/core-redis.json", '"expr": "redis_connected_clients"', '"expr": "redis_conected_clients"'
    )
    lab.restart("grafana", "/api/health")


def wrong_promql(lab: Lab) -> None:
    lab.edit("grafana/dashboards/core-redis.json", '"expr": "redis_connected_clients"', '"expr": "sum(redis_up"')
    lab.restart("grafana", "/api/health")


def broken_dashboard_file(lab: Lab) -> None:
    lab.edit("grafana/dashboards/core-redis.json", '"editable": false,', '"editable": false')


def wrong_otlp_endpoint(lab: Lab) -> None:
    lab.local("services: {core: {environment: {OTEL_EXPORTER_OTLP_ENDPOINT: 'http://redis:4318'}}}\n")


def sampler_off(lab: Lab) -> None:
    lab.local("services: {core: {environment: {OTEL_TRACES_SAMPLER: always_off}}}\n")


def sampler_at_zero(lab: Lab) -> None:
    text = "{OTEL_TRACES_SAMPLER: parentbased_traceidratio, OTEL_TRACES_SAMPLER_ARG: '0'}"
    lab.local(f"services: {{core: {{environment: {text}}}}}\n")


def tracing_off(lab: Lab) -> None:
    lab.local("services: {core: {environment: {OTEL_SDK_DISABLED: 'true'}}}\n")


def silent_log(lab: Lab) -> None:
    lab.local("services: {core: {environment: {LOG_LEVEL: error}}}\n")


FAULTS: dict[Fault, tuple[str, str]] = {
    stopped_service: ("services.running", "redis-exporter does not run"),
    removed_service: ("services.running", "redis-exporter has no container"),
    cut_network: ("network.names", "core is not in the network"),
    exporter_password: ("metrics.exporters", "redis_up is 0"),
    wrong_target: ("metrics.targets", "http://core:8089/metrics"),
    missing_job: ("metrics.targets", "no job redis reads redis-exporter"),
    failing_rule: ("metrics.rules", "rule Wrong"),
    rejected_rule: ("metrics.rules", "rejected its last configuration"),
    full_disk: ("metrics.storage", "no space left"),
    other_grafana_password: ("grafana.login", "another password"),
    wrong_prometheus_source: ("grafana.sources", "http://prometheus:9099"),
    wrong_jaeger_source: ("grafana.sources", "http://jaeger:1"),
    wrong_exemplar_link: ("links.exemplar", "nowhere"),
    exemplars_off: ("links.exemplar", "no exemplar"),
    unknown_metric: ("grafana.panels", "redis_conected_clients"),
    wrong_promql: ("grafana.panels", "parse error"),
    broken_dashboard_file: ("grafana.dashboards", "core-redis.json:"),
    wrong_otlp_endpoint: ("traces.spans", "do not arrive"),
    sampler_off: ("traces.sampled", "sampler drops"),
    sampler_at_zero: ("traces.sampled", "ratio is 0"),
    tracing_off: ("traces.sampled", "makes no traces"),
    silent_log: ("traces.logged", "in no log line"),
}


# What a fault changed in a running process stays there when the file is as it was: `up` sees nothing to do.
MADE_ANEW: dict[Fault, str] = {
    cut_network: "core",
    exporter_password: "redis-exporter",
    wrong_target: "prometheus",
    missing_job: "prometheus",
    failing_rule: "prometheus",
    rejected_rule: "prometheus",
    full_disk: "prometheus",
    wrong_prometheus_source: "grafana",
    wrong_jaeger_source: "grafana",
    wrong_exemplar_link: "grafana",
    unknown_metric: "grafana",
    wrong_promql: "grafana",
}


@pytest.fixture
def mended(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The stack as it was: files and secrets back, containers that a fault touched behind stackctl's back made anew."""
    root = lab.core.cli.folder / "stacks"
    secrets = lab.core.secret("redis_exporter_file").parent
    kept = {path: path.read_bytes() for folder in (root, secrets) for path in folder.rglob("*") if path.is_file()}
    yield lab
    for path in root.rglob("*"):
        if path.is_file() and path not in kept and "__pycache__" not in path.parts:
            path.unlink()
    for path, data in kept.items():
        if path.read_bytes() != data:
            path.write_bytes(data)
    service = MADE_ANEW.get(request.node.callspec.params["fault"])
    if service:
        docker("rm", "--force", lab.id(service))
    lab.core.cli("up", "dev", "-q")
    if request.node.callspec.params["fault"] is other_grafana_password:
        password = lab.core.secret("grafana_admin").read_text().strip()
        docker("exec", lab.id("grafana"), "grafana", "cli", "admin", "reset-admin-password", password)


# Not named reliably yet on a busy machine: they run with `make soak`.
UNPROVED = {
    wrong_target,
    full_disk,
    wrong_prometheus_source,
    wrong_jaeger_source,
    wrong_exemplar_link,
    exemplars_off,
    unknown_metric,
    wrong_promql,
    broken_dashboard_file,
    wrong_otlp_endpoint,
    sampler_off,
    sampler_at_zero,
    tracing_off,
    silent_log,
}


def _cases() -> list[Any]:
    marks = {fault: [pytest.mark.soak] if fault in UNPROVED else [] for fault in FAULTS}
    return [pytest.param(fault, marks=marks[fault], id=fault.__name__) for fault in FAULTS]


@pytest.mark.parametrize("fault", _cases())
def test_a_fault_is_named_and_nothing_else(mended: Lab, fault: Fault) -> None:
    hop, words = FAULTS[fault]
    fault(mended)
    answer = mended.verify(code=9)
    found = broken(answer)
    assert set(found) == {hop}, json.dumps(found, indent=1)
    assert words in " ".join([found[hop]["text"], *found[hop]["details"]])
    assert found[hop]["hint"]
    assert answer.error["code"] == hop


def test_nothing_is_left_of_the_faults(lab: Lab) -> None:
    lab.verify(code=0)


@pytest.mark.soak
def test_twenty_runs_on_a_healthy_stack(lab: Lab) -> None:
    for _run in range(20):
        lab.verify(code=0)


# ---------------------------------------------------------------------------------------------------------- bad input


def test_three_services_alone_are_checked_without_the_rest(workspace: Cli) -> None:
    cli = workspace
    file = cli.folder / "env" / "core" / "base.env.template"
    file.write_text(file.read_text().replace("COMPOSE_PROFILES=observability", "COMPOSE_PROFILES="))
    answer = cli("up", "dev", "--auto-ports", "--verify", "--json")
    assert {row["service"] for row in answer.data["services"]} == {"mongodb", "redis", "core"}
    checks = {check["id"]: check for check in answer.data["verify"]["checks"]}
    assert checks["data.store"]["status"] == checks["data.cache"]["status"] == "ok"
    for name in ("metrics.targets", "grafana.panels", "traces.spans", "links.exemplar"):
        assert checks[name]["status"] == "skipped", checks[name]
    project = answer.data["project"]
    log = docker("logs", container(project, "core"))
    assert "opentelemetry" not in log, "nobody takes traces, and nobody complains"


def test_any_compose_project_is_checked_as_far_as_it_goes(project: Callable[..., Cli]) -> None:
    cli = project(compose__yaml="services: {cache: {image: 'stackctl/redis:local'}}")
    cli("up", "-q")
    answer = cli("verify", *PATIENT, "--json")
    state = {check["id"]: check["status"] for check in answer.data["checks"]}
    assert (state["services.running"], state["network.inside"], state["metrics.targets"]) == ("ok", "ok", "skipped")
    docker("pause", containers_of(cli))
    assert set(broken(cli("verify", *PATIENT, "--json", code=9))) == {"services.running"}


def containers_of(cli: Cli) -> str:
    return docker("ps", "-q", "--filter", f"name={cli.token}").split()[0]


def test_nothing_runs(project: Callable[..., Cli]) -> None:
    cli = project(compose__yaml="services: {cache: {image: 'stackctl/redis:local'}}")
    answer = cli("verify", "--json", code=9)
    assert set(broken(answer)) == {"services.running"}
    assert "--only" in cli("verify", "--help").out
    assert "traces.spans" in cli("verify", "--list").out
    unknown = cli("verify", "--only", "trace.spans", "--json", code=2)
    assert "traces.spans" in unknown.error["hint"]


def _scraped(lab: Lab, expr: str) -> None:
    from urllib.parse import quote

    eventually(lambda: lab.prometheus(f"/api/v1/query?query={quote(expr)}")["result"], expr)
