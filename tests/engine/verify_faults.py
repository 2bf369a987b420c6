"""Faults of the real stack, each with the hop that it breaks. Files come back by themselves; `mend` does the rest.

In an order that starts little anew: what asks figures of a while comes first, what lays a file over the stack last.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import yaml

from tests.certificate import CERTIFICATE
from tests.engine.cli import docker, eventually, http, inspect, run_in
from tests.engine.verify_lab import Lab

Step = Callable[[Lab], None]
REDIS_CLI = 'REDISCLI_AUTH="$(cat /run/secrets/redis_password)" exec redis-cli -e "$@"'
PROMETHEUS_WITHOUT_EXEMPLARS = (
    "services: {prometheus: {command: [--config.file=/etc/prometheus/prometheus.yml,"
    " --storage.tsdb.path=/prometheus]}}\n"
)


@dataclass(frozen=True)
class Fault:
    """What is done, the hop that is to be named, words of its sentence. `either`: another hop that may be named."""

    do: Step
    hop: str
    words: str
    mend: Step = lambda _lab: None
    either: str = ""
    layered: bool = False

    @property
    def name(self) -> str:
        return self.do.__name__


# ------------------------------------------------------------------------------------------------------------- grafana


def unknown_metric(lab: Lab) -> None:
    lab.aged()
    lab.edit(
        "grafana/dashboards/core-redis.json", '"expr": "redis_connected_clients"', '"expr": "redis_conected_clients"'
    )
    lab.provision("dashboards")


def wrong_promql(lab: Lab) -> None:
    lab.edit("grafana/dashboards/core-redis.json", '"expr": "redis_connected_clients"', '"expr": "sum(redis_up"')
    lab.provision("dashboards")


def broken_dashboard_file(lab: Lab) -> None:
    lab.edit("grafana/dashboards/core-redis.json", '"editable": false,', '"editable": false')


def wrong_prometheus_source(lab: Lab) -> None:
    lab.edit("grafana/provisioning/datasources/core.yml", "http://prometheus:9090", "http://prometheus:9099")
    lab.provision("datasources")
    lab.source_answers(False)


def wrong_jaeger_source(lab: Lab) -> None:
    lab.edit("grafana/provisioning/datasources/core.yml", "http://jaeger:16686", "http://jaeger:1")
    lab.provision("datasources")
    lab.source_answers(False)


def wrong_exemplar_link(lab: Lab) -> None:
    lab.edit("grafana/provisioning/datasources/core.yml", "datasourceUid: jaeger", "datasourceUid: nowhere")
    lab.provision("datasources")


def other_grafana_password(lab: Lab) -> None:
    old = lab.core.secret("grafana_admin").read_text().strip()
    docker("exec", lab.id("grafana"), "grafana", "cli", "admin", "reset-admin-password", f"x{old}")


def _stored_password(lab: Lab) -> None:
    password = lab.core.secret("grafana_admin").read_text().strip()
    docker("exec", lab.id("grafana"), "grafana", "cli", "admin", "reset-admin-password", password)


def _dashboards(lab: Lab) -> None:
    lab.provision("dashboards")


def _datasources(lab: Lab) -> None:
    lab.provision("datasources")
    lab.source_answers(True)


# ---------------------------------------------------------------------------------------------------------- prometheus


def wrong_target(lab: Lab) -> None:
    lab.edit("prometheus/prometheus.yml", '"core:8080"', '"core:8089"')
    lab.reload_prometheus("core:8089")
    eventually(lambda: "core:8089" in json.dumps(lab.prometheus("targets?state=active")), "the target is taken up")


def missing_job(lab: Lab) -> None:
    file = lab.stack / "prometheus" / "prometheus.yml"
    config = yaml.safe_load(file.read_text())
    config["scrape_configs"] = [job for job in config["scrape_configs"] if job["job_name"] != "redis"]
    file.write_text(yaml.safe_dump(config))
    lab.reload_prometheus("redis-exporter", there=False)
    eventually(lambda: "redis-exporter" not in json.dumps(lab.prometheus("targets?state=active")), "the job is gone")


def dropped_figure(lab: Lab) -> None:
    """The target is up and its most important figure thrown away."""
    target = 'targets: ["redis-exporter:9121"]'
    rule = "{source_labels: [__name__], regex: redis_memory_used_bytes, action: drop, replacement: dropped}"
    lab.edit("prometheus/prometheus.yml", target, f"{target}\n    metric_relabel_configs: [{rule}]")
    docker("rm", "--force", lab.id("prometheus"))  # with what it has stored: that is new enough for half a minute
    lab.up()


def failing_rule(lab: Lab) -> None:
    rule = {"alert": "Wrong", "expr": "up / on() up"}
    group = {"groups": [{"name": "wrong", "interval": "1s", "rules": [rule]}]}
    (lab.stack / "prometheus" / "rules" / "wrong.yml").write_text(yaml.safe_dump(group))
    docker("kill", "--signal", "HUP", lab.id("prometheus"))
    eventually(lambda: '"err"' in json.dumps(lab.prometheus("rules")), "the rule fails")


def rejected_rule(lab: Lab) -> None:
    (lab.stack / "prometheus" / "rules" / "wrong.yml").write_text(
        "groups: [{name: a, rules: [{alert: b, expr: 'sum('}]}]"
    )
    docker("kill", "--signal", "HUP", lab.id("prometheus"))
    lab.seen("prometheus_config_last_reload_successful == 0")


def full_disk(lab: Lab) -> None:
    """What Prometheus cannot write makes it end sooner or later: then that is the hop, with its last words."""
    address = lab.url("prometheus")  # once it has ended it has none
    docker("exec", lab.id("prometheus"), "sh", "-c", "cat /dev/zero >/prometheus/fill", check=False)

    def noticed() -> bool:
        (facts,) = inspect(lab.id("prometheus"))
        if facts["State"]["Status"] != "running":
            return True
        page = http(f"{address}/metrics").body
        return "prometheus_tsdb_wal_writes_failed_total 0\n" not in page

    eventually(noticed, "writes fail")


def _larger_disk(lab: Lab) -> None:
    docker("rm", "--force", lab.id("prometheus"))  # its volume is memory, and empty in the next one
    lab.up()


def _prometheus(lab: Lab) -> None:
    lab.mend_prometheus()


# ------------------------------------------------------------------------------------------------------------ services


def stopped_service(lab: Lab) -> None:
    docker("stop", lab.id("redis-exporter"))


def removed_service(lab: Lab) -> None:
    docker("rm", "--force", lab.id("redis-exporter"))


def frozen_service(lab: Lab) -> None:
    """Its port is open and nobody answers there."""
    docker("kill", "--signal", "STOP", lab.id("redis-exporter"))


def frozen_prometheus(lab: Lab) -> None:
    docker("kill", "--signal", "STOP", lab.id("prometheus"))


def cut_network(lab: Lab) -> None:
    docker("network", "disconnect", f"{lab.core.project}_default", lab.id("redis-exporter"))


def exporter_password(lab: Lab) -> None:
    file = lab.core.secret("redis_exporter_file")
    file.write_text(json.dumps({"redis://exporter@redis:6379": "another"}))
    lab.restart("redis-exporter")
    lab.seen("redis_up == 0")


def full_cache(lab: Lab) -> None:
    run_in(lab.id("redis"), REDIS_CLI, "config", "set", "maxmemory", "1")


def _cache(lab: Lab) -> None:
    run_in(lab.id("redis"), REDIS_CLI, "config", "set", "maxmemory", str(128 << 20))


def _start_exporter(lab: Lab) -> None:
    lab.start("redis-exporter")


def _restart_exporter(lab: Lab) -> None:
    lab.restart("redis-exporter")
    lab.seen("redis_up == 1")


def _thaw_exporter(lab: Lab) -> None:
    docker("kill", "--signal", "CONT", lab.id("redis-exporter"))


def _thaw_prometheus(lab: Lab) -> None:
    docker("kill", "--signal", "CONT", lab.id("prometheus"))


def _connect(lab: Lab) -> None:
    network = f"{lab.core.project}_default"
    docker("network", "connect", "--alias", "redis-exporter", network, lab.id("redis-exporter"))
    # Docker publishes no port of a container that is connected later.
    lab.restart("redis-exporter")


def lossy_jaeger(lab: Lab) -> None:
    """Jaeger takes spans and stores none."""
    lab.edit("jaeger/config.yml", "exporters: [jaeger_storage_exporter, spanmetrics]", "exporters: [spanmetrics]")
    lab.restart("jaeger")


def _jaeger(lab: Lab) -> None:
    lab.restart("jaeger")


# ----------------------------------------------------------------------------------------------------------------- app


def elsewhere(lab: Lab) -> None:
    """The app keeps its items, and not where everybody believes."""
    lab.edit_app("store.py", 'COLLECTION = "items"', 'COLLECTION = "elsewhere"')


def kept_item(lab: Lab) -> None:
    """The app says that it has removed an item, and has not."""
    lab.edit_app("items.py", "removed = await self._store.remove(item_id)", "removed = True")


def loose_spans(lab: Lab) -> None:
    """Calls hang below a span that nobody has ever sent."""
    old = "return self._tracer.start_as_current_span("
    new = (
        "from opentelemetry.trace import NonRecordingSpan, SpanContext, set_span_in_context\n"
        "        own = get_current_span().get_span_context()\n"
        "        far = SpanContext(own.trace_id, 1, True, own.trace_flags)\n"
        "        return self._tracer.start_as_current_span(context=set_span_in_context(NonRecordingSpan(far)), name="
    )
    lab.edit_app("calls.py", old, new)


def own_trace(lab: Lab) -> None:
    """The app does not read the header that a request brings its trace with."""
    lab.edit_app("observe.py", "context=extract(Headers(scope=scope)),", "")


def _app(lab: Lab) -> None:
    # Its source came back just now: it may run with that already, or be about to.
    http_ready = f"{lab.url('core')}/ready"
    docker("restart", lab.id("core"))
    eventually(lambda: http(http_ready).status == 200, "the app is ready")


# -------------------------------------------------------------------------------------------- ages, from files alone


def no_backup(lab: Lab) -> None:
    lab.edit("base.yml", "  default: true\n", "  default: true\n  backup: {max_age: 7d}\n")


def old_secrets(lab: Lab) -> None:
    lab.edit("base.yml", "  default: true\n", "  default: true\n  secrets: {max_age: 1s}\n")


def short_certificate(lab: Lab) -> None:
    """A mounted certificate that ends before the limit: `openssl req -x509 -days 3650` of November 2026."""
    lab.edit("base.yml", "  default: true\n", "  default: true\n  certificates: {min_left: 5000d}\n")
    (lab.stack / "server.pem").write_text(CERTIFICATE)
    lab.local("services: {redis-exporter: {volumes: ['./server.pem:/etc/server.pem:ro']}}\n")


# ------------------------------------------------------------------------------------ files of the developer's own


def core_with(variables: str, more: str = "") -> str:
    return f"services: {{core: {{environment: {{{variables}}}{more}}}}}\n"


def wrong_otlp_endpoint(lab: Lab) -> None:
    lab.local(core_with("OTEL_EXPORTER_OTLP_ENDPOINT: 'http://redis:4318'"))


def sampler_off(lab: Lab) -> None:
    lab.local(core_with("OTEL_TRACES_SAMPLER: always_off"))


def sampler_at_zero(lab: Lab) -> None:
    lab.local(core_with("OTEL_TRACES_SAMPLER: parentbased_traceidratio, OTEL_TRACES_SAMPLER_ARG: '0'"))


def tracing_off(lab: Lab) -> None:
    lab.local(core_with("OTEL_SDK_DISABLED: 'true'"))


def silent_log(lab: Lab) -> None:
    lab.local(core_with("LOG_LEVEL: error"))


def impossible_database(lab: Lab) -> None:
    """MongoDB takes the app's login, and nothing that it writes."""
    lab.local(core_with(f"MONGODB_DATABASE: '{'d' * 70}'"))


def dead_port(lab: Lab) -> None:
    """A port is published behind which nobody listens."""
    more = ", ports: ['127.0.0.1:0:9999'], labels: {stackctl.scheme: http}"
    lab.local(core_with("X: ''", more))


def exemplars_off(lab: Lab) -> None:
    lab.local(PROMETHEUS_WITHOUT_EXEMPLARS)


FAULTS: tuple[Fault, ...] = (
    Fault(unknown_metric, "grafana.panels", "Prometheus has no redis_conected_clients", _dashboards),
    Fault(wrong_promql, "grafana.panels", "line 1, column 13: unclosed left parenthesis", _dashboards),
    Fault(broken_dashboard_file, "grafana.dashboards", "core-redis.json:"),
    Fault(wrong_prometheus_source, "grafana.sources", "http://prometheus:9099", _datasources),
    Fault(wrong_jaeger_source, "grafana.sources", "http://jaeger:1", _datasources),
    Fault(wrong_exemplar_link, "links.exemplar", "nowhere", _datasources),
    Fault(other_grafana_password, "grafana.login", "another password", _stored_password),
    Fault(no_backup, "upkeep.backup", "no backup that passed a check"),
    Fault(old_secrets, "upkeep.secrets", "the secret grafana_admin is"),
    Fault(wrong_target, "metrics.targets", "http://core:8089/metrics", _prometheus),
    Fault(missing_job, "metrics.targets", "no job redis reads redis-exporter", _prometheus),
    Fault(dropped_figure, "metrics.fresh", "redis-exporter gives no redis_memory_used_bytes", _prometheus),
    Fault(failing_rule, "metrics.rules", "rule Wrong", _prometheus),
    Fault(rejected_rule, "metrics.rules", "rejected its last configuration", _prometheus),
    Fault(full_cache, "data.cache", "is not cached in Redis", _cache),
    Fault(elsewhere, "data.store", "is not in MongoDB: missing", _app),
    Fault(kept_item, "data.removed", "could not be removed", _app),
    Fault(loose_spans, "traces.parents", "hangs below nothing", _app),
    Fault(own_trace, "traces.sampled", "begins a new trace", _app),
    Fault(lossy_jaeger, "traces.jaeger", "does not give it back", _jaeger),
    Fault(stopped_service, "services.running", "redis-exporter does not run: exited", _start_exporter),
    Fault(frozen_service, "network.inside", "redis-exporter does not answer inside", _thaw_exporter),
    Fault(frozen_prometheus, "network.inside", "prometheus does not answer inside", _thaw_prometheus),
    Fault(cut_network, "network.names", "redis-exporter is not in the network", _connect),
    Fault(exporter_password, "metrics.exporters", "redis_up is 0", _restart_exporter),
    Fault(removed_service, "services.running", "redis-exporter has no container", lambda lab: lab.up()),
    Fault(full_disk, "metrics.storage", "no space left", _larger_disk, either="services.running"),
    Fault(short_certificate, "upkeep.certificates", "server.pem ends on 2036-11-", layered=True),
    Fault(exemplars_off, "links.exemplar", "no exemplar", layered=True),
    Fault(dead_port, "network.outside", "core does not answer this machine", layered=True),
    Fault(impossible_database, "data.request", "POST /items", layered=True),
    Fault(wrong_otlp_endpoint, "traces.spans", "do not arrive", layered=True),
    Fault(sampler_off, "traces.sampled", "sampler drops", layered=True),
    Fault(sampler_at_zero, "traces.sampled", "ratio is 0", layered=True),
    Fault(tracing_off, "traces.sampled", "makes no traces", layered=True),
    Fault(silent_log, "traces.logged", "in no log line", layered=True),
)
