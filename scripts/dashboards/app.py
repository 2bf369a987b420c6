"""The app: rate, errors and duration, its cache and its stores, and the same from its spans."""

from __future__ import annotations

from scripts.dashboards.panels import Board, Panel, Query

ASKED = 'route!~"/health|/ready|/metrics"'
BUCKETS = f"sum by (le) (rate(http_request_duration_seconds_bucket{{{ASKED}}}[$__rate_interval]))"
RATE = f"sum(rate(http_requests_total{{{ASKED}}}[$__rate_interval]))"

BOARD = Board(
    "core-app",
    "Core app",
    "Requests of the app without its probes. A dot on a graph is one request: it opens its trace.",
    (
        Panel(
            "Requests per second",
            "Answers by route and method.",
            "reqps",
            (
                Query(
                    f"sum by (method, route) (rate(http_requests_total{{{ASKED}}}[$__rate_interval]))",
                    "{{method}} {{route}}",
                ),
            ),
            width=12,
        ),
        Panel(
            "Errors",
            "Share of answers with a status of 500 or more.",
            "percentunit",
            (
                Query(
                    f'(sum(rate(http_requests_total{{status=~"5..",{ASKED}}}[$__rate_interval])) or vector(0))'
                    f" / {RATE}",
                    "errors",
                ),
            ),
            width=6,
            limits=((0.01, "warn"), (0.05, "bad")),
        ),
        Panel(
            "In flight",
            "Requests that are being answered now.",
            "short",
            (Query("http_requests_in_flight", "requests"),),
            width=6,
        ),
        Panel(
            "Time to answer",
            "Half of the requests, 95 % and 99 % are answered within this time. A dot is one with its trace.",
            "s",
            (
                Query(f"histogram_quantile(0.5, {BUCKETS})", "p50"),
                Query(f"histogram_quantile(0.95, {BUCKETS})", "p95", exemplars=True),
                Query(f"histogram_quantile(0.99, {BUCKETS})", "p99"),
            ),
            width=12,
        ),
        Panel(
            "Cache hit ratio",
            "Share of reads that Redis answered. A bypass is a read while Redis was away.",
            "percentunit",
            (
                Query(
                    'sum(rate(cache_reads_total{result="hit"}[$__rate_interval]))'
                    " / sum(rate(cache_reads_total[$__rate_interval]))",
                    "hits",
                ),
            ),
            width=6,
        ),
        Panel(
            "Failed calls",
            "Calls to MongoDB and Redis per second that failed. Empty while no call has ever failed.",
            "ops",
            (
                Query(
                    "sum by (system, operation) (rate(store_call_errors_total[$__rate_interval]))",
                    "{{system}} {{operation}}",
                ),
            ),
            width=6,
            empty="no call has failed",
        ),
        Panel(
            "Time of a call to a store",
            "95 % of the calls to MongoDB and Redis are answered within this time.",
            "s",
            (
                Query(
                    "histogram_quantile(0.95, sum by (le, system, operation)"
                    " (rate(store_call_duration_seconds_bucket[$__rate_interval])))",
                    "{{system}} {{operation}}",
                ),
            ),
        ),
        Panel(
            "Requests per second, from spans",
            "What Jaeger counts of the spans that it takes: in prod only the share that the sampler keeps.",
            "reqps",
            (
                Query(
                    'sum by (span_name) (rate(traces_span_metrics_calls_total{span_kind="SPAN_KIND_SERVER"}'
                    "[$__rate_interval]))",
                    "{{span_name}}",
                ),
            ),
        ),
        Panel(
            "Time to answer, from spans",
            "95 % of the requests of each route, as Jaeger counts them.",
            "ms",
            (
                Query(
                    "histogram_quantile(0.95, sum by (le, span_name) (rate("
                    'traces_span_metrics_duration_milliseconds_bucket{span_kind="SPAN_KIND_SERVER"}[$__rate_interval])))',
                    "{{span_name}}",
                ),
            ),
        ),
    ),
)
