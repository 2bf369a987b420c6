"""Who watches the watchers: Prometheus and Jaeger themselves."""

from __future__ import annotations

from scripts.dashboards.panels import Board, Panel, Query

RATE = "[$__rate_interval]"

BOARD = Board(
    "core-telemetry",
    "Prometheus and Jaeger",
    "Whether what measures the others is well itself.",
    (
        Panel("Series", "Series in memory.", "short", (Query("prometheus_tsdb_head_series", "series"),)),
        Panel(
            "Samples per second",
            "Samples that are stored.",
            "short",
            (Query(f"sum(rate(prometheus_tsdb_head_samples_appended_total{RATE}))", "stored"),),
        ),
        Panel(
            "Disk",
            "Blocks and the log of what is not in a block yet.",
            "bytes",
            (
                Query("prometheus_tsdb_storage_blocks_bytes", "blocks"),
                Query("prometheus_tsdb_wal_storage_size_bytes", "log"),
            ),
        ),
        Panel(
            "Configuration",
            "Whether the last reload of the configuration worked.",
            "short",
            (Query("prometheus_config_last_reload_successful", "configuration"),),
            "stat",
            4,
            words=(("0", "rejected", "bad"), ("1", "ok", "good")),
        ),
        Panel(
            "Rules that failed",
            "Rules per second that could not be evaluated.",
            "ops",
            (Query(f"sum(rate(prometheus_rule_evaluation_failures_total{RATE}))", "failed"),),
            width=10,
        ),
        Panel(
            "Exemplars",
            "Links to single traces that are kept. Empty before the first request whose trace is kept.",
            "short",
            (Query("prometheus_tsdb_exemplar_exemplars_in_storage", "kept"),),
            width=10,
        ),
        Panel(
            "Spans per second",
            "Spans that Jaeger took, and that it refused.",
            "ops",
            (
                Query(f"sum(rate(otelcol_receiver_accepted_spans_total{RATE}))", "taken"),
                Query(f"sum(rate(otelcol_receiver_refused_spans_total{RATE}))", "refused"),
            ),
        ),
        Panel(
            "Spans that could not be stored",
            "Spans per second that Jaeger took and could not write.",
            "ops",
            (
                Query(
                    f'sum(rate(otelcol_exporter_send_failed_spans_total{{exporter="jaeger_storage_exporter"}}{RATE}))',
                    "failed",
                ),
            ),
        ),
        Panel(
            "Written by Jaeger's store",
            "Bytes per second that badger writes.",
            "Bps",
            (Query(f"sum(rate(jaeger_storage_badger_write_bytes_user{RATE}))", "written"),),
        ),
        Panel(
            "Queries of Grafana",
            "Requests that Grafana answers, by status.",
            "reqps",
            (
                Query(
                    f"sum by (status_code) (rate(grafana_http_request_duration_seconds_count{RATE}))", "{{status_code}}"
                ),
            ),
            width=12,
        ),
        Panel(
            "Memory of Grafana",
            "Resident memory.",
            "bytes",
            (Query('process_resident_memory_bytes{job="grafana"}', "resident"),),
            width=12,
        ),
    ),
)
