"""The whole stack at one glance: who is up, how scraping goes, CPU, memory, restarts."""

from __future__ import annotations

from scripts.dashboards.panels import Board, Panel, Query

BOARD = Board(
    "core-stack",
    "Core stack",
    "Every service of the stack: up, scraped, its processor and memory, and when it started.",
    (
        Panel(
            "Targets",
            "What Prometheus reads, and whether it answers. MongoDB is here with its local image only: the official one"
            " has no metrics page.",
            "short",
            (Query("up", "{{job}}"),),
            "stat",
            16,
            5,
            words=(("0", "down", "bad"), ("1", "up", "good")),
        ),
        Panel(
            "Alerts firing",
            "Alerts that fire now; `stackctl alerts` names them.",
            "short",
            (Query('count(ALERTS{alertstate="firing"}) or vector(0)', "firing"),),
            "stat",
            8,
            5,
            limits=((1, "bad"),),
        ),
        Panel(
            "Scrape duration",
            "How long each target takes to give its figures; the limit is 4 s.",
            "s",
            (Query("scrape_duration_seconds", "{{job}}"),),
        ),
        Panel(
            "Samples per scrape",
            "Figures that each target gives at a time. A number that grows and grows is a label without an end.",
            "short",
            (Query("scrape_samples_post_metric_relabeling", "{{job}}"),),
        ),
        Panel(
            "Scrapes that failed",
            "Share of the scrapes of the last minute that did not work.",
            "percentunit",
            (Query("1 - avg_over_time(up[1m])", "{{job}}"),),
        ),
        Panel(
            "Processor",
            "Processors that each service keeps busy, 1 is one whole. Redis as it counts itself, Jaeger likewise.",
            "none",
            (
                Query('rate(process_cpu_seconds_total{job!="redis"}[$__rate_interval])', "{{job}}"),
                Query("rate(otelcol_process_cpu_seconds_total[$__rate_interval])", "jaeger"),
                Query(
                    "rate(redis_cpu_user_seconds_total[$__rate_interval])"
                    " + rate(redis_cpu_sys_seconds_total[$__rate_interval])",
                    "redis",
                ),
            ),
            width=12,
        ),
        Panel(
            "Memory",
            "Resident memory of each service.",
            "bytes",
            (
                Query('process_resident_memory_bytes{job!="redis"}', "{{job}}"),
                Query("otelcol_process_memory_rss_bytes", "jaeger"),
                Query("redis_memory_used_rss_bytes", "redis"),
            ),
            width=12,
        ),
        Panel(
            "Running for",
            "Time since each service started.",
            "s",
            (
                Query('time() - process_start_time_seconds{job!="redis"}', "{{job}}"),
                Query("otelcol_process_uptime_seconds_total", "jaeger"),
                Query("redis_uptime_in_seconds", "redis"),
            ),
            "stat",
            12,
            5,
        ),
        Panel(
            "Restarts in an hour",
            "How often the start time of a service changed. A container that was replaced counts one.",
            "short",
            (
                Query('changes(process_start_time_seconds{job!="redis"}[1h])', "{{job}}"),
                Query("resets(otelcol_process_uptime_seconds_total[1h])", "jaeger"),
                Query("resets(redis_uptime_in_seconds[1h])", "redis"),
            ),
            "stat",
            12,
            5,
            limits=((1, "warn"), (3, "bad")),
        ),
    ),
)
