"""CodeGraph: throughput, latency, errors and what the API takes of the machine."""

from __future__ import annotations

from scripts.dashboards.panels import Board, Panel, Query

API = 'job="codegraph-api"'
BUCKETS = f"sum by (le) (rate(http_request_duration_seconds_bucket{{{API}}}[$__rate_interval]))"

BOARDS = (
    Board(
        "codegraph-api",
        "CodeGraph API",
        "Throughput, latency, errors, memory and processor of the API.",
        (
            Panel(
                "Targets",
                "What Prometheus reads, and whether it answers.",
                "short",
                (Query("up", "{{job}}"),),
                kind="stat",
                width=8,
                height=5,
                words=(("0", "down", "bad"), ("1", "up", "good")),
            ),
            Panel(
                "Requests per second",
                "Answers of the API, probes included.",
                "reqps",
                (Query(f"sum(rate(http_requests_total{{{API}}}[$__rate_interval]))", "requests"),),
                width=16,
            ),
            Panel(
                "Time to answer",
                "95 % of the requests are answered within this time.",
                "s",
                (Query(f"histogram_quantile(0.95, {BUCKETS})", "p95"),),
            ),
            Panel(
                "Errors per second",
                "Answers with a status of 500 or more. Empty while nothing has failed.",
                "reqps",
                (Query(f'sum(rate(http_requests_total{{status=~"5..",{API}}}[$__rate_interval]))', "errors"),),
            ),
            Panel(
                "Memory",
                "Resident memory of the API.",
                "bytes",
                (Query(f"process_resident_memory_bytes{{{API}}}", "memory"),),
            ),
        ),
        tags=("codegraph",),
    ),
)
